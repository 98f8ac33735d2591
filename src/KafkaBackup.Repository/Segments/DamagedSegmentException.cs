namespace KafkaBackup.Repository.Segments;

/// <summary>A segment is not what its reference, or its place in the run that wrote it, says.</summary>
/// <param name="name">The object.</param>
/// <param name="topic">The topic.</param>
/// <param name="partition">The partition's number.</param>
/// <param name="from">The first offset concerned.</param>
/// <param name="to">The offset after the last concerned.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="inner">The error that showed it.</param>
public sealed class DamagedSegmentException(string name, string topic, int partition, long from, long to, string problem, Exception? inner = null)
    : RepositoryException($"{topic}-{partition}, offsets {from} to {to} (excluded), in {name}: {problem}", "'kafka-backup verify --level full' tells what can still be restored", inner)
{
    /// <summary>The object.</summary>
    public string Name { get; } = name;

    /// <summary>The topic.</summary>
    public string Topic { get; } = topic;

    /// <summary>The partition's number.</summary>
    public int Partition { get; } = partition;

    /// <summary>The first offset concerned.</summary>
    public long From { get; } = from;

    /// <summary>The offset after the last concerned.</summary>
    public long To { get; } = to;

    /// <summary>What is wrong.</summary>
    public string Problem { get; } = problem;
}
