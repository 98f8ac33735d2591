using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class BackUpPartitionsTests
{
    private const int Slice = 3;

    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task A_first_attempt_does_not_look_for_what_an_earlier_one_left()
    {
        Assert.Empty(Assert.Single((await RunAsync(new ListingCounter(store, most: 0), attempt: 1, 0, 0)).Partitions).Backup.Segments);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new ListingCounter(store, most: 0), attempt: 2, 0, 0));
    }

    [Fact]
    public async Task A_later_attempt_takes_over_what_an_earlier_one_packed_and_asks_no_broker_for_it()
    {
        await PackAsync(records: 10);

        var slice = await RunAsync(new ListingCounter(store, most: 2), attempt: 2, 0, 10);

        var segment = Assert.Single(Assert.Single(slice.Partitions).Backup.Segments);
        Assert.Equal(("packs/gen/00003-00000", 0L, 10L, 10L), (segment.Object, segment.From, segment.To, segment.Records));
        Assert.Single(store.Objects);
    }

    [Fact]
    public async Task A_slice_of_a_run_that_an_earlier_version_began_goes_on_without_packs()
    {
        await PackAsync(records: 10, isPacked: false);

        var slice = await RunAsync(new ListingCounter(store, most: 1), attempt: 2, 0, 10, number: null);

        Assert.False(Assert.Single(Assert.Single(slice.Partitions).Backup.Segments).IsPacked);
    }

    [Theory]
    [InlineData(null, null, 2_097_152, 33_554_432)]
    [InlineData(0L, 5L, 0, 5)]
    [InlineData(5_000_000_000L, 7L, int.MaxValue, 7)]
    public void A_request_says_what_is_packed_or_leaves_it_to_the_repository(long? packed, long? pack, int packedBytes, long packBytes)
    {
        var policy = new BackupRequest { Cluster = "c", Repository = "r", SegmentBytes = 77, PackedSegmentBytes = packed, PackBytes = pack }.Policy();

        Assert.Equal((77, packedBytes, packBytes), (policy.SegmentBytes, policy.PackedSegmentBytes, policy.PackBytes));
    }

    private static async Task<BackedUpSlice> RunAsync(IObjectStore store, int attempt, long from, long to, int? number = Slice)
    {
        // Nothing listens there: whoever asks a broker fails.
        await using var client = new ClusterClient(
            new ClusterOptions(new Dictionary<string, string> { ["bootstrap.servers"] = "127.0.0.1:1" }), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        await using var cluster = new ClusterConnection(client, new Lazy<Kafka.Administration.ClusterAdmin>(() => throw new NotSupportedException("the cluster was asked")));
        var request = new BackupRequest { Cluster = "c", Repository = "r" };
        await using var leases = new WriterLeases(new FixedConnections(new MemoryObjectStore(), cluster), new LeaseOptions(), TimeProvider.System, NullLogger<WriterLeases>.Instance);
        return await new BackUpPartitions(new FixedConnections(store, cluster), leases, TimeProvider.System, NullLogger<FetchLane>.Instance).RunAsync(
            new Attempted(attempt), new BackupSlice(request, "gen", number, null, [new SlicePartition("t", "life-1", 0, 0, from, to)]));
    }

    private async Task PackAsync(int records, bool isPacked = true)
    {
        using var builder = new RecordBatchBuilder { Compression = CompressionType.None };
        for (var i = 0; i < records; i++)
            builder.Add(1_700_000_000_000 + i, null, new byte[10], []);
        await using var packs = new SegmentPacks(store, "gen", Slice, SegmentPolicy.Default);
        await using var writer = new PartitionWriter(store, new PartitionPath("t", "life-1", "gen", 0), 0, SegmentPolicy.Default, isPacked ? packs : null);
        await writer.AppendAsync(builder.Build(new BatchHeader(0, 0, 0, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0)), []);
        await writer.CompleteAsync(records);
    }

    /// <summary>A store that may be listed so many times: on a store over the network each is a request.</summary>
    private sealed class ListingCounter(IObjectStore store, int most) : IObjectStore
    {
        private int count;

        public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => store.CreateAsync(name, content, cancellationToken);

        public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) => store.BeginUploadAsync(name, cancellationToken);

        public Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
            store.OpenReadAsync(name, offset, length, cancellationToken);

        public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => store.GetLengthAsync(name, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) =>
            ++count > most ? throw new InvalidOperationException($"{prefix} was listed") : store.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => store.DeleteAsync(name, cancellationToken);
    }
}
