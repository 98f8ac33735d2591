using System.Globalization;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Workflows.Backup;

/// <summary>A life of a topic, and how far each of its partitions is backed up.</summary>
/// <param name="Lineage">Its name in the repository.</param>
/// <param name="Positions">The first offset not backed up yet, by partition; empty for a life that begins.</param>
internal sealed record TopicLife(string Lineage, IReadOnlyDictionary<int, long> Positions)
{
    /// <summary>The leader epochs in which what is backed up ended, by partition; none where that is unknown.</summary>
    public IReadOnlyDictionary<int, int> LeaderEpochs { get; init; } = new Dictionary<int, int>();

    /// <summary>Where each partition's log began when it was last backed up.</summary>
    public IReadOnlyDictionary<int, long> LogStarts { get; init; } = new Dictionary<int, long>();

    /// <summary>
    /// The life that begins where a log lost what is backed up of this one: an unclean leader election cut it off, and other records have
    /// their offsets now.
    /// </summary>
    public TopicLife Next()
    {
        var dash = Lineage.LastIndexOf('-');
        return dash > 0 && int.TryParse(Lineage.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? Begin($"{Lineage[..dash]}-{n + 1}")
            : Begin($"{Lineage}-2");
    }

    public static TopicLife Begin(string lineage) => new(lineage, new Dictionary<int, long>());
}

/// <summary>How far the topics of a repository are backed up, as its latest manifest leads to it.</summary>
internal sealed class LineagePositions
{
    private const string LifePrefix = "life-";
    private readonly Dictionary<string, List<TopicLife>> _lives = [];

    private LineagePositions()
    {
    }

    public static async Task<LineagePositions> ReadAsync(BackupRepository repository, CancellationToken cancellation)
    {
        var positions = new LineagePositions();
        if (await repository.LatestAsync(cancellation) is not { } latest)
            return positions;
        var epochs = new Dictionary<long, EpochCore> { [latest.Sequence] = latest.Core };
        foreach (var (journal, lists) in latest.Lists)
        {
            var (topic, lineage) = (journal[..journal.IndexOf('/')], journal[(journal.IndexOf('/') + 1)..]);
            if (!epochs.TryGetValue(lists.Epoch, out var core))
                epochs[lists.Epoch] = core = await repository.ReadCoreAsync(lists.Epoch, cancellation);
            var held = core.Topics.Single(t => t.Name == topic && t.Lineage == lineage);
            positions.Add(topic, new TopicLife(lineage, held.Partitions.ToDictionary(p => p.Partition, p => p.To))
            {
                LogStarts = held.Partitions.ToDictionary(p => p.Partition, p => p.LogStart),
                LeaderEpochs = held.Partitions.Where(p => p.LeaderEpoch >= 0 && p.To > 0).ToDictionary(p => p.Partition, p => p.LeaderEpoch),
            });
        }

        return positions;
    }

    public static LineagePositions Of(string topic, string lineage, IReadOnlyDictionary<int, long> partitions)
    {
        var positions = new LineagePositions();
        positions.Add(topic, new TopicLife(lineage, partitions));
        return positions;
    }

    /// <summary>
    /// The life that a topic lives now. A topic id tells; brokers without ids are judged by the log: one that ends before what is backed up,
    /// or has fewer partitions, is another log than the one that was read.
    /// </summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="topicId">Its id, where brokers give ids.</param>
    /// <param name="ends">The high watermark of each of its partitions.</param>
    public TopicLife Continue(string topic, string? topicId, IReadOnlyDictionary<int, long> ends)
    {
        var lives = _lives.GetValueOrDefault(topic, []);
        if (topicId is not null)
            return lives.FindLast(life => life.Lineage == topicId || life.Lineage.StartsWith($"{topicId}-", StringComparison.Ordinal)) ?? TopicLife.Begin(topicId);
        var last = lives.FindLast(life => life.Lineage.StartsWith(LifePrefix, StringComparison.Ordinal));
        if (last is null)
            return TopicLife.Begin(LifePrefix + "1");
        return last.Positions.All(p => ends.TryGetValue(p.Key, out var end) && end >= p.Value) ? last : last.Next();
    }

    private void Add(string topic, TopicLife life) => (_lives.TryGetValue(topic, out var lives) ? lives : _lives[topic] = []).Add(life);
}
