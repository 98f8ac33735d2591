namespace KafkaBackup.Repository.Exporting;

/// <summary>What was exported.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Topics">Topics.</param>
/// <param name="Partitions">Partitions, empty ones included.</param>
/// <param name="Segments">Segments.</param>
/// <param name="Bytes">Their bytes, without indexes.</param>
/// <param name="Warnings">What who opens the folder should know.</param>
public sealed record ExportReport(long Epoch, string Folder, int Topics, int Partitions, long Segments, long Bytes, IReadOnlyList<string> Warnings);

/// <summary>How far an export is.</summary>
/// <param name="Partitions">Partitions done.</param>
/// <param name="Of">Partitions to be done.</param>
/// <param name="Bytes">Bytes of segments written.</param>
public readonly record struct ExportProgress(int Partitions, int Of, long Bytes);

/// <summary>The folder that was to be exported to can't be. Nothing in it was changed.</summary>
/// <param name="folder">The folder.</param>
/// <param name="problem">What is in the way.</param>
/// <param name="remedy">What the operator can do.</param>
public sealed class ExportRefusedException(string folder, string problem, string remedy) : RepositoryException($"{folder} {problem}", remedy)
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;
}
