using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using KafkaBackup.Broker.Logs;
using KafkaBackup.Broker.State;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Topics;

/// <summary>The topics of the broker: made, found, changed, deleted; `topics.json` follows every change.</summary>
internal sealed class TopicRegistry : IDisposable
{
    private const int MaxNameLength = 249;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, Topic> _topics = [];
    private readonly DataFolder _folder;
    private readonly IReadOnlyDictionary<string, string> _brokerConfigs;
    private readonly IReadOnlyList<int> _nodes;
    private readonly Dictionary<(string Topic, int Partition), long> _cleaned;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Opens every partition that the folder holds, whether or not this broker wrote it.</summary>
    public TopicRegistry(DataFolder folder, IReadOnlyDictionary<string, string> brokerConfigs, IReadOnlyList<int> nodes, TimeProvider time, ILogger logger)
    {
        (_folder, _brokerConfigs, _nodes, _time, _logger) = (folder, brokerConfigs, nodes, time, logger);
        var starts = CheckpointFile.ReadOffsets(folder.LogStarts);
        _cleaned = CheckpointFile.ReadOffsets(folder.CleanedOffsets);
        var states = ReadTopics().ToDictionary(t => t.Name);
        foreach (var found in folder.FindPartitions().GroupBy(p => p.Topic))
        {
            var state = states.GetValueOrDefault(found.Key) ?? new TopicState(found.Key, NewId(), 0, new Dictionary<string, string>());
            states[found.Key] = state with { Partitions = Math.Max(state.Partitions, found.Max(p => p.Partition) + 1) };
        }

        foreach (var state in states.Values)
        {
            var settings = TopicConfig.ToSettings(state.Configs, brokerConfigs);
            var partitions = Enumerable.Range(0, state.Partitions)
                .Select(p => Open(state.Name, p, settings, starts.GetValueOrDefault((state.Name, p), -1), PlacementOf(state, p)));
            _topics[state.Name] = new Topic(state.Name, state.Id, state.Configs, [.. partitions]);
        }

        _cleaned.Clear();
        Save();
    }

    public IEnumerable<Topic> All => _topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal);

    public IEnumerable<PartitionLog> Partitions => _topics.Values.SelectMany(topic => topic.Partitions);

    public Topic? Find(string name) => _topics.GetValueOrDefault(name);

    public PartitionLog? Find(string name, int partition) =>
        _topics.TryGetValue(name, out var topic) && partition >= 0 && partition < topic.Partitions.Count ? topic.Partitions[partition] : null;

    /// <summary>What is wrong with a topic's name; null if nothing is.</summary>
    public static string? CheckName(string name) =>
        name.Length is 0 or > MaxNameLength || name is "." or ".." || name.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            ? $"Topic name \"{name}\" is illegal, it contains a character other than ASCII alphanumerics, '.', '_' and '-', or is too long"
            : null;

    /// <param name="name">The topic's name.</param>
    /// <param name="placement">Its partitions.</param>
    /// <param name="configs">Its own configuration entries.</param>
    /// <param name="running">The nodes that run.</param>
    /// <param name="validateOnly">Whether it is only judged.</param>
    public (ErrorCode Error, string? Message) Create(
        string name, NewPlacement placement, IReadOnlyDictionary<string, string> configs, IReadOnlyList<int> running, bool validateOnly = false)
    {
        if (CheckName(name) is { } wrongName)
            return (ErrorCode.InvalidTopicException, wrongName);
        if (TopicConfig.Validate(configs) is { } wrongConfig)
            return (ErrorCode.InvalidConfig, wrongConfig);
        if (placement.Check(running) is { Message: not null } wrong)
            return wrong;
        lock (_lock)
        {
            if (_topics.ContainsKey(name))
                return (ErrorCode.TopicAlreadyExists, $"Topic '{name}' already exists.");
            if (validateOnly)
                return (ErrorCode.None, null);
            var settings = TopicConfig.ToSettings(configs, _brokerConfigs);
            var partitions = Enumerable.Range(0, placement.Partitions).Select(p => Open(name, p, settings, -1, placement.Of(name, p, 0, running)));
            _topics[name] = new Topic(name, NewId(), configs, [.. partitions]);
            Save();
            return (ErrorCode.None, null);
        }
    }

    public ErrorCode Delete(string name)
    {
        lock (_lock)
        {
            if (!_topics.TryRemove(name, out var topic))
                return ErrorCode.UnknownTopicOrPartition;
            Save();
            foreach (var log in topic.Partitions)
            {
                log.Dispose();
                Directory.Delete(log.Folder, recursive: true);
            }

            return ErrorCode.None;
        }
    }

    /// <param name="name">The topic's name.</param>
    /// <param name="count">How many partitions it shall have then.</param>
    /// <param name="assignments">The nodes of each new partition; null: the cluster spreads them.</param>
    /// <param name="running">The nodes that run.</param>
    /// <param name="validateOnly">Whether it is only judged.</param>
    public (ErrorCode Error, string? Message) AddPartitions(
        string name, int count, IReadOnlyList<IReadOnlyList<int>>? assignments, IReadOnlyList<int> running, bool validateOnly)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(name, out var topic))
                return (ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            if (count <= topic.Partitions.Count)
                return (ErrorCode.InvalidPartitions, $"Topic currently has {topic.Partitions.Count} partitions, {count} would not be an increase.");
            var first = topic.Partitions.Count;
            if (assignments is not null && assignments.Count != count - first)
                return (ErrorCode.InvalidReplicaAssignment, $"Increasing the number of partitions by {count - first} but {assignments.Count} assignments provided.");
            var placement = new NewPlacement(count - first, Math.Min(topic.Partitions[0].Placement.Replicas.Count, running.Count), assignments);
            if (placement.Check(running) is { Message: not null } wrong)
                return wrong;
            if (validateOnly)
                return (ErrorCode.None, null);
            var settings = TopicConfig.ToSettings(topic.Configs, _brokerConfigs);
            var added = Enumerable.Range(first, count - first).Select(p => Open(name, p, settings, -1, placement.Of(name, p, first, running)));
            topic.Partitions = [.. topic.Partitions, .. added];
            Save();
            return (ErrorCode.None, null);
        }
    }

    /// <summary>Replaces a topic's own configuration entries.</summary>
    public (ErrorCode Error, string? Message) Configure(string name, Func<Topic, IReadOnlyDictionary<string, string>> change, bool validateOnly)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(name, out var topic))
                return (ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            var configs = change(topic);
            if (TopicConfig.Validate(configs) is { } wrong)
                return (ErrorCode.InvalidConfig, wrong);
            if (validateOnly)
                return (ErrorCode.None, null);
            topic.Configs = configs;
            var settings = TopicConfig.ToSettings(configs, _brokerConfigs);
            foreach (var log in topic.Partitions)
                log.Settings = settings;
            Save();
            return (ErrorCode.None, null);
        }
    }

    /// <summary>Writes who leads which partition.</summary>
    public void SavePlacements()
    {
        lock (_lock)
            Save();
    }

    /// <summary>Writes the offsets that lie in no per-partition file.</summary>
    public void SaveCheckpoints()
    {
        lock (_lock)
        {
            var logs = Partitions.OrderBy(log => log.Topic, StringComparer.Ordinal).ThenBy(log => log.Partition).ToList();
            CheckpointFile.WriteOffsets(_folder.LogStarts, logs.Where(log => log.View.Start > 0).Select(log => (log.Topic, log.Partition, log.View.Start)));
            CheckpointFile.WriteOffsets(_folder.CleanedOffsets, logs.Where(log => log.CleanedTo > 0).Select(log => (log.Topic, log.Partition, log.CleanedTo)));
            CheckpointFile.WriteOffsets(_folder.HighWatermarks, logs.Select(log => (log.Topic, log.Partition, log.View.End)));
        }
    }

    public void Flush()
    {
        foreach (var log in Partitions)
            log.Flush();
        SaveCheckpoints();
    }

    public void Dispose()
    {
        foreach (var log in Partitions)
            log.Dispose();
    }

    // Nodes that there are no longer hold nothing.
    private Placement PlacementOf(TopicState state, int partition)
    {
        int[] replicas = [.. state.Replicas?.ElementAtOrDefault(partition)?.Where(_nodes.Contains) ?? []];
        if (replicas.Length == 0)
            return Placement.Spread(state.Name, partition, 1, _nodes);
        var leader = state.Leaders?.ElementAtOrDefault(partition) ?? replicas[0];
        return new Placement(replicas, replicas.Contains(leader) ? leader : replicas[0]);
    }

    private PartitionLog Open(string topic, int partition, LogSettings settings, long start, Placement placement)
    {
        var folder = _folder.Partition(topic, partition);
        try
        {
            var recovered = LogRecovery.Open(folder, settings.IndexIntervalBytes, !_folder.WasStoppedCleanly, Math.Max(start, 0), _logger);
            start = Math.Max(start, recovered.Segments[0].BaseOffset);
            return new PartitionLog(topic, partition, folder, settings, recovered, start, _cleaned.GetValueOrDefault((topic, partition)), placement, _time);
        }
        catch (InvalidBatchException e)
        {
            throw new InvalidBatchException(e.BaseOffset, $"{folder} can't be opened: {e.Message}");
        }
    }

    private IReadOnlyList<TopicState> ReadTopics() =>
        File.Exists(_folder.Topics) ? JsonSerializer.Deserialize(File.ReadAllBytes(_folder.Topics), StateJson.Default.TopicsFile)?.Topics ?? [] : [];

    private void Save()
    {
        var file = new TopicsFile([.. All.Select(topic => new TopicState(
            topic.Name,
            topic.Id,
            topic.Partitions.Count,
            topic.Configs,
            [.. topic.Partitions.Select(log => log.Placement.Replicas)],
            [.. topic.Partitions.Select(log => log.Placement.Leader)]))]);
        var temporary = _folder.Topics + ".tmp";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(file, StateJson.Default.TopicsFile));
        File.Move(temporary, _folder.Topics, overwrite: true);
    }

    private static Guid NewId() => new(RandomNumberGenerator.GetBytes(16));
}
