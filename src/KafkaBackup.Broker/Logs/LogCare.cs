using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Broker.Topics;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Logs;

/// <summary>What a broker does with its logs unasked, on timers of its own.</summary>
internal sealed class LogCare : IAsyncDisposable
{
    private const string RetentionName = "Retention";
    private const string CompactionName = "Compaction";

    private readonly TopicRegistry _topics;
    private readonly ILogger _logger;
    private readonly LogKeeper _retention;
    private readonly LogKeeper _compaction;

    /// <param name="topics">The topics.</param>
    /// <param name="configs">The broker's configuration: log.retention.check.interval.ms, log.cleaner.backoff.ms, with Kafka's defaults.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what goes wrong.</param>
    /// <exception cref="ArgumentException">One of them is no number of milliseconds.</exception>
    public LogCare(TopicRegistry topics, IReadOnlyDictionary<string, string> configs, TimeProvider time, ILogger logger)
    {
        (_topics, _logger) = (topics, logger);
        var (retention, compaction) = (Period(configs, "log.retention.check.interval.ms", 300_000), Period(configs, "log.cleaner.backoff.ms", 15_000));
        _retention = new LogKeeper(RetentionName, retention, () => topics.Partitions, DeleteExpired, time, logger);
        _compaction = new LogKeeper(CompactionName, compaction, () => topics.Partitions, Compact, time, logger);
    }

    /// <summary>Deletes what retention.ms and retention.bytes have done with, now.</summary>
    public void ApplyRetention() => LogKeeper.Round(RetentionName, _topics.Partitions, DeleteExpired, _logger);

    /// <summary>Compacts the logs that are due for it, now.</summary>
    public void ApplyCompaction() => LogKeeper.Round(CompactionName, _topics.Partitions, Compact, _logger);

    public async ValueTask DisposeAsync()
    {
        await _retention.DisposeAsync().ConfigureAwait(false);
        await _compaction.DisposeAsync().ConfigureAwait(false);
    }

    private static TimeSpan Period(IReadOnlyDictionary<string, string> configs, string name, int otherwise)
    {
        if (!configs.TryGetValue(name, out var value))
            return TimeSpan.FromMilliseconds(otherwise);
        return int.TryParse(value, out var milliseconds) && milliseconds > 0
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ArgumentException($"{name} is \"{value}\": it takes milliseconds, from 1", nameof(configs));
    }

    // The log start has to outlive a kill, though the files that are left say the same: a DeleteRecords may have put it above them.
    private void DeleteExpired(PartitionLog log)
    {
        if (log.DeleteExpired() > 0)
            _topics.SaveCheckpoints();
    }

    private void Compact(PartitionLog log)
    {
        if (LogCompactor.Compact(log))
            _topics.SaveCheckpoints();
    }
}
