using System.Collections.Concurrent;
using KafkaBackup.Broker;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

/// <summary>What a slice of a restore tells of itself while it writes.</summary>
public sealed class RestorePartitionsTests : IAsyncDisposable
{
    private const int Partitions = 3 * RestorePartitions.SideBySide;
    private const int Batches = 12;
    private const int RecordsPerBatch = 20;
    private const int Records = Batches * RecordsPerBatch;

    private static readonly ClientQuotaView Quotas = new([new ClientQuota("producer_byte_rate", 1000, "default user")], null);

    private readonly MemoryObjectStore _store = new();
    private readonly TestFolder _folder = new();
    private readonly BrokerServer _broker;
    private readonly ConcurrentQueue<TransferState> _told = new();

    public RestorePartitionsTests() => _broker = BrokerServer.Start(new BrokerOptions { DataFolder = _folder["data"], Topics = [new StartTopic("t", Partitions)] });

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Each_batch_that_arrives_is_told_with_its_bytes_up_to_the_total()
    {
        var slice = await RunAsync();
        // One word of what was found, one of each batch, one of what was left behind.
        Assert.Equal([0L, .. Enumerable.Range(1, Batches).Select(n => (long)n * RecordsPerBatch), Records], _told.Select(state => state.Done));
        Assert.All(_told, state => Assert.Equal(("restored", Records), (state.Verb, state.Total)));
        Assert.Equal(Batches, _told.Select(state => state.Bytes).Where(bytes => bytes > 0).Distinct().Count());
        Assert.All(_told, state => Assert.Null(state.Throttling));
        Assert.Equal((Records, 0), (Assert.Single(slice.Partitions).Records, slice.ThrottledSeconds));
    }

    [Fact]
    public async Task An_attempt_that_goes_on_tells_at_once_what_is_there_already()
    {
        await RunAsync();
        _told.Clear();
        Assert.Equal(Records, Assert.Single((await RunAsync()).Partitions).FoundRecords);
        Assert.Equal([Records, Records], _told.Select(state => (int)state.Done));
        Assert.All(_told, state => Assert.Equal(0, state.Bytes));
    }

    [Fact]
    public async Task The_time_for_which_the_cluster_held_it_back_is_told_with_the_quotas_and_stands_in_the_result()
    {
        _broker.Faults.Apply("throttle:Produce=120ms*2");
        var slice = await RunAsync();
        Assert.InRange(slice.ThrottledSeconds, 0.12, 0.241);
        Assert.Equal((slice.ThrottledSeconds, Quotas), (_told.Last().Throttling!.Seconds, _told.Last().Throttling!.Quotas));
        Assert.Null(_told.First().Throttling);
    }

    [Fact]
    public async Task Some_partitions_of_a_slice_are_written_side_by_side_and_told_in_the_order_of_the_slice()
    {
        var gathering = new GatheringStore(_store, RestorePartitions.SideBySide);
        var slice = await RunAsync(gathering, Partitions);
        Assert.Equal(RestorePartitions.SideBySide, gathering.Most);
        Assert.Equal(Enumerable.Range(0, Partitions), slice.Partitions.Select(p => p.Partition));
        Assert.All(slice.Partitions, p => Assert.Equal((Records, 0, Records), (p.Records, p.TargetStart, p.TargetEnd)));
        Assert.Equal(_told.Select(state => state.Done).Order(), _told.Select(state => state.Done));
        Assert.Equal(Partitions * Records, _told.Last().Done);
    }

    [Fact]
    public async Task The_partition_that_fails_is_the_one_that_is_told_and_the_others_stop()
    {
        _broker.Faults.Apply("error:Produce=MessageTooLarge*1");
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => RunAsync(_store, Partitions));
        Assert.Equal(ErrorCode.MessageTooLarge, error.Code);
        Assert.InRange(_told.Last().Done, 0, (Partitions - 1) * Records);
        Assert.Equal(Partitions * Records, (await RunAsync(_store, Partitions)).Partitions.Sum(p => p.Records));
    }

    [Fact]
    public void A_run_was_held_back_for_as_long_as_the_slice_of_it_that_was_held_back_longest()
    {
        Assert.Equal(new Throttling(3, Quotas), Throttling.Of([1, 3, 0], Quotas));
        Assert.Null(Throttling.Of([0, 0], Quotas));
        Assert.Null(Throttling.Of([], null));
    }

    private Task<RestoredSlice> RunAsync() => RunAsync(_store, 1);

    private async Task<RestoredSlice> RunAsync(IObjectStore store, int partitions)
    {
        await CommitAsync(partitions);
        await using var client = new ClusterClient(ClusterOptions.For(_broker.BootstrapServers), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        await using var cluster = new ClusterConnection(client, new Lazy<ClusterAdmin>(() => throw new NotSupportedException("the named client was asked")));
        var request = new RestoreRequest { Cluster = "c", Repository = "r" };
        var policy = new TransformPolicy(1 << 20, CoalesceBelow: 0);
        var slice = new RestoreSlice(request, "restore", 1, null, [.. Enumerable.Range(0, partitions).Select(p => new SlicedPartition("t", "id", "t", p, 0, Records, policy))]) { Quotas = Quotas };
        return await new RestorePartitions(new FixedConnections(store, cluster), TimeProvider.System, NullLogger<PartitionProducer>.Instance)
            .RunAsync(new Attempted(1, progress => _told.Enqueue((TransferState)progress)), slice).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task CommitAsync(int partitions)
    {
        var repository = await BackupRepository.OpenOrCreateAsync(_store, TimeProvider.System, Guid.Parse("00000000-0000-0000-0000-000000000001"));
        if (await repository.LatestAsync() is not null)
            return;
        var (epochs, segments) = (new List<PartitionEpoch>(), new List<SegmentReference>());
        for (var partition = 0; partition < partitions; partition++)
        {
            var backup = await WriteAsync(partition);
            epochs.Add(new PartitionEpoch(partition, 0, 0, Records, 0, backup.Batches, backup.Records, backup.Bytes, backup.MaxTimestamp, backup.Digest));
            segments.AddRange(backup.Segments);
        }

        await repository.CommitAsync(
            new EpochCore(1, null, new ClusterIdentity("c"), [new TopicEpoch("t", "id", "id", new Dictionary<string, string?>(), 1, epochs, [], [])], []),
            new Dictionary<string, IReadOnlyList<SegmentReference>> { ["t"] = segments },
            new RunInfo("i", "gen", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "h", "p"));
    }

    private async Task<PartitionBackup> WriteAsync(int partition)
    {
        await using var writer = new PartitionWriter(_store, new PartitionPath("t", "id", "gen", partition), 0, SegmentPolicy.Default, null);
        using var builder = new RecordBatchBuilder { Compression = CompressionType.None };
        for (var batch = 0; batch < Batches; batch++)
        {
            for (var i = 0; i < RecordsPerBatch; i++)
                builder.Add(1_700_000_000_000 + i, null, new byte[10], []);
            await writer.AppendAsync(builder.Build(new BatchHeader(batch * RecordsPerBatch, 0, 0, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0)), []);
        }

        return await writer.CompleteAsync(Records);
    }
}
