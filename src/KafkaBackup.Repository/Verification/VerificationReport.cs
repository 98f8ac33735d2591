namespace KafkaBackup.Repository.Verification;

/// <summary>How much is looked at.</summary>
public enum VerificationLevel
{
    /// <summary>The chain of epochs, every manifest and list byte by byte, that every segment and index is there and has its size.</summary>
    Quick,

    /// <summary>Also every byte of every segment and index.</summary>
    Full,
}

/// <summary>Something that is not as it should be.</summary>
/// <param name="Object">The object.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Epoch">The epoch that added it, or that says it.</param>
/// <param name="Topic">The topic concerned; null if it is none alone.</param>
/// <param name="Partition">The partition concerned.</param>
/// <param name="From">The first offset concerned.</param>
/// <param name="To">The offset after the last concerned.</param>
public sealed record VerificationFinding(
    string Object,
    string Problem,
    long? Epoch = null,
    string? Topic = null,
    int? Partition = null,
    long? From = null,
    long? To = null)
{
    /// <summary>What to do about it, where that is more than to bring the object back from a copy; null otherwise.</summary>
    public string? Remedy { get; init; }
}

/// <summary>How far a verification is.</summary>
/// <param name="Epoch">The epoch being verified.</param>
/// <param name="Segments">Segments verified so far.</param>
/// <param name="Bytes">Bytes of segments read so far; 0 at the quick level.</param>
/// <param name="LastEpoch">The last epoch that will be verified.</param>
/// <param name="BytesDone">Bytes of segments looked at so far: read, or found not to be in the share that is read, or found to be gone as they may.</param>
/// <param name="BytesToDo">What <paramref name="BytesDone"/> will come to, by what the epochs say; at the quick level as much as is done.</param>
public readonly record struct VerificationProgress(long Epoch, long Segments, long Bytes, long LastEpoch, long BytesDone, long BytesToDo);

/// <summary>What a verification has found.</summary>
/// <param name="Level">How much was looked at.</param>
/// <param name="Epochs">Epochs that were verified.</param>
/// <param name="Segments">Segments that were verified.</param>
/// <param name="Bytes">Bytes of segments that were read; 0 at the quick level.</param>
/// <param name="Findings">What is not as it should be, by epoch; none if all is well.</param>
public sealed record VerificationReport(VerificationLevel Level, long Epochs, long Segments, long Bytes, IReadOnlyList<VerificationFinding> Findings)
{
    /// <summary>What can still be restored, epoch by epoch; empty if nothing was found: then all can.</summary>
    public IReadOnlyList<EpochRestorability> Restorable { get; init; } = [];

    /// <summary>Whether nothing was found.</summary>
    public bool IsSound => Findings.Count == 0;
}
