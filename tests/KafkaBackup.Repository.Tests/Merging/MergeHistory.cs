using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>
/// A repository's random history, and beside it a model that knows of each epoch's every batch what a reader has to get: bytes, from which offset on, and whether a consumer sees it.
/// </summary>
internal sealed class MergeHistory(IObjectStore store, Random random)
{
    private readonly Dictionary<(string Topic, int Partition), Log> logs = [];
    private readonly Dictionary<string, (int Life, int Partitions)> topics = new(StringComparer.Ordinal) { ["orders"] = (1, 3), ["users"] = (1, 2) };
    private readonly SortedDictionary<long, List<HeldLog>> held = [];
    private readonly FakeTimeProvider clock = new(SomeEpochs.Time.AddDays(2));
    private int merges;

    /// <summary>A partition's batches, and how far it is backed up.</summary>
    private sealed class Log
    {
        public List<(long Last, string Item)> Batches { get; } = [];

        public long Written { get; set; }

        public long To { get; set; }

        public long LogStart { get; set; }
    }

    /// <summary>What an epoch holds of a partition.</summary>
    private sealed record HeldLog(string Topic, int Partition, Log Log, long LogStart, long To);

    public BackupRepository Repository { get; private set; } = null!;

    public Epoch? Latest { get; private set; }

    public IEnumerable<long> Epochs => held.Keys;

    public int Commits { get; private set; }

    public async Task OpenAsync() => Repository = await SomeEpochs.OpenAsync(store);

    /// <summary>Makes one more epoch, of all topics or of some.</summary>
    public async Task AddEpochAsync()
    {
        var sequence = (Latest?.Sequence ?? 0) + 1;
        var policy = new SegmentPolicy(random.Next(200, 1_500), random.Next(0, 300)) { PackedSegmentBytes = random.Next(0, 900), PackBytes = random.Next(500, 3_000) };
        var partitions = new List<(PartitionToWrite Write, long LogStart, PartitionGap? Gap)>();
        foreach (var name in topics.Keys.Where(name => name == "orders" || random.Next(10) < 6).ToList())
        {
            if (random.Next(20) == 0)
            {
                topics[name] = (topics[name].Life + 1, topics[name].Partitions);
                foreach (var key in logs.Keys.Where(key => key.Topic == name).ToList())
                    logs.Remove(key);
            }

            topics[name] = (topics[name].Life, topics[name].Partitions + (random.Next(12) == 0 ? 1 : 0));
            for (var partition = 0; partition < topics[name].Partitions; partition++)
                partitions.Add(NextOf(name, partition));
        }

        PartitionBackup[] backups = random.Next(2) == 0
            ? await SomeEpochs.PackAsync(store, sequence, policy, [.. partitions.Select(p => p.Write)])
            : [.. await Task.WhenAll(partitions.Select(p => SomeEpochs.WriteAsync(
                store, sequence, p.Write.Topic, p.Write.Partition, p.Write.From, p.Write.To, p.Write.Batches, [.. p.Write.Aborted!], policy, p.Write.Lineage)))];
        var all = partitions.Zip(backups, (p, backup) => (p.Write, p.LogStart, p.Gap, Backup: backup)).GroupBy(p => (p.Write.Topic, p.Write.Lineage)).ToList();
        Latest = await Repository.CommitAsync(
            SomeEpochs.Core(Latest, [.. all.Select(topic => SomeEpochs.Topic(topic.Key.Topic, [], topic.Key.Lineage, [.. topic.Select(p => p.Gap).OfType<PartitionGap>()]) with
            {
                Partitions = [.. topic.Select(p => SomeEpochs.Of(p.Backup, p.LogStart))],
            })]),
            all.ToDictionary(topic => topic.Key.Topic, IReadOnlyList<SegmentReference> (topic) => [.. topic.SelectMany(p => p.Backup.Segments)]),
            SomeEpochs.Run(sequence));
        held[sequence] = [.. partitions.Select(p => logs[(p.Write.Topic, p.Write.Partition)] is var log ? new HeldLog(p.Write.Topic, p.Write.Partition, log, p.LogStart, p.Write.To) : null!)];
    }

    public async Task<Merge?> MergeAsync(MergePolicy? policy = null, Func<string, bool>? topic = null, string? generation = null)
    {
        var merger = new Merger(Repository);
        var plan = await merger.PlanAsync(policy ?? new MergePolicy { SegmentBytes = random.Next(500, 20_000), IndexIntervalBytes = random.Next(300), LeastSegments = random.Next(2, 5), PackedSegmentBytes = random.Next(3) * 700 }, topic);
        return await MergeAsync(Repository, plan, generation ?? $"{++merges}");
    }

    public static async Task<Merge?> MergeAsync(BackupRepository repository, MergePlan plan, string id)
    {
        var (merger, merged) = (new Merger(repository), new List<MergedLineage>());
        for (var share = 0; share < 2; share++)
            merged.AddRange(await merger.MergeAsync(plan, plan.Lineages, MergeGeneration.Of(id), new MergeShare(share, share, 2)));
        return await merger.CommitAsync(plan, merged, RunOf(id));
    }

    public static MergeRun RunOf(string id) => new($"merge-{id}", MergeGeneration.Of(id), SomeEpochs.Time, SomeEpochs.Time.AddMinutes(1), "host-1", "kafka-backup 0.1.0");

    public async Task PruneAsync(RetentionPolicy policy)
    {
        await PrunerTests.PruneAsync(Repository, policy);
        var there = await PruneRepositories.SequencesAsync(Repository);
        foreach (var gone in held.Keys.Except(there).ToList())
            held.Remove(gone);
    }

    /// <summary>Every epoch gives what the model has, and the repository verifies.</summary>
    public async Task CheckAsync(string what)
    {
        foreach (var epoch in held.Keys)
            await CheckAsync(await Repository.ReadEpochAsync(epoch), what);
        foreach (var level in (VerificationLevel[])[VerificationLevel.Quick, VerificationLevel.Full])
        {
            var report = await new RepositoryVerifier(store).VerifyAsync(level);
            Assert.True(report.IsSound, $"{what}, {level}: {string.Join("; ", report.Findings)}");
        }

        var some = held.Keys.ElementAt(random.Next(held.Count));
        var one = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, some);
        Assert.True(one.IsSound, $"{what}, epoch {some}: {string.Join("; ", one.Findings)}");
    }

    /// <summary>An epoch, read as it is given, gives what the model has.</summary>
    public async Task CheckAsync(Epoch epoch, string what)
    {
        foreach (var log in held[epoch.Sequence])
        {
            var segments = (await Repository.ReadSegmentsAsync(epoch, log.Topic)).Where(segment => segment.Partition == log.Partition && segment.To > log.LogStart).ToList();
            var got = new List<(long Last, string Item)>();
            await using var reader = new PartitionReader(store, log.Topic, segments);
            while (await reader.ReadAsync())
            {
                var (header, segment) = (reader.Current.Header, reader.Current.Segment);
                got.Add((header.LastOffset, Item(reader.Current.Batch.Bytes, Math.Max(header.BaseOffset, segment.From), header.LastOffset, new AbortedLookup(segment.Aborted).IsVisible(header))));
            }

            Assert.True(
                log.Log.Batches.Where(b => b.Last < log.To && b.Last >= log.LogStart).Select(b => b.Item).SequenceEqual(got.Where(b => b.Last >= log.LogStart).Select(b => b.Item)),
                $"{what}: epoch {epoch.Sequence}, {log.Topic}-{log.Partition}: {string.Join(", ", got)} instead of {string.Join(", ", log.Log.Batches)}");
        }
    }

    /// <summary>The independent reader gives the model's batches; for repositories from which nothing was removed.</summary>
    public async Task CheckPlainlyAsync()
    {
        var objects = new Dictionary<string, byte[]>();
        foreach (var name in await SomeKeys.ListAsync(store, ""))
            objects[name] = await SomeKeys.ReadAsync(store, name);
        var reader = new PlainReader(objects);
        foreach (var (epoch, partitions) in held)
        {
            var read = reader.Read(epoch).ToDictionary(p => (p.Topic, p.Number));
            Assert.All(partitions, log => Assert.Equal(
                log.Log.Batches.Where(b => b.Last < log.To && b.Last >= log.LogStart).Select(b => b.Last),
                read[(log.Topic, log.Partition)].Batches.Select(b => b.Last).Where(last => last >= log.LogStart)));
        }
    }

    private (PartitionToWrite Write, long LogStart, PartitionGap? Gap) NextOf(string topic, int partition)
    {
        if (!logs.TryGetValue((topic, partition), out var log))
            logs[(topic, partition)] = log = new Log();
        var (from, next) = (log.To, Math.Max(log.To, log.Written));
        PartitionGap? gap = null;
        var batches = new List<byte[]>();
        var aborted = new List<AbortedRange>();
        var count = random.Next(3) == 0 ? 0 : random.Next(0, 5);
        if (count > 0 && random.Next(8) == 0)
        {
            next = from + random.Next(1, 4);
            gap = new PartitionGap(partition, from, next, "retention");
        }

        for (var i = 0; i < count; i++)
        {
            var hole = random.Next(4) == 0 ? random.Next(3) : 0;
            var delta = random.Next(4);
            // Reading may begin inside a batch.
            var first = i == 0 && gap is null && log.Written < from && random.Next(2) == 0 ? from - 1 : next + hole;
            delta = first < from ? delta + 1 : delta;
            var kind = random.Next(6);
            var producer = kind is 0 or > 3 ? -1 : 7 + random.Next(2);
            var isAborted = producer > 0 && random.Next(2) == 0;
            var batch = kind == 0
                ? Some.Batch(first, first < from ? 1 : 0, random.Next(5, 20), 1, 90_000, 7, BatchAttributes.Control | BatchAttributes.Transactional)
                : Some.Batch(first, delta, random.Next(5, 300), null, random.Next(-1, 5_000), producer, producer > 0 ? BatchAttributes.Transactional : BatchAttributes.None);
            var header = Some.Header(batch);
            if (kind != 0 && isAborted)
                aborted.Add(new AbortedRange(producer, header.BaseOffset, header.LastOffset));
            batches.Add(batch);
            log.Batches.Add((header.LastOffset, Item(batch, Math.Max(header.BaseOffset, from), header.LastOffset, kind != 0 && !isAborted)));
            next = log.Written = header.NextOffset;
        }

        log.To = Math.Max(log.To, next) + (random.Next(3) == 0 ? random.Next(1, 3) : 0);
        if (random.Next(4) == 0)
            log.LogStart += random.NextInt64(log.To - log.LogStart + 1);
        var (life, _) = topics[topic];
        return (new PartitionToWrite(topic, partition, from, log.To, Some.Join(batches), aborted, $"life-{life}"), log.LogStart, gap);
    }

    private static string Item(ReadOnlyMemory<byte> batch, long from, long last, bool isVisible) => $"{from}..{last} {PlainHash.Of(batch.ToArray())[..8]} {(isVisible ? "seen" : "hidden")}";
}
