using CsCheck;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Reading;

/// <summary>Records read out of backups of a real broker's logs, held against what a consumer of that broker saw.</summary>
public sealed class RecordReaderTests
{
    private static readonly IReadOnlyList<FixtureLog> Logs = [.. FixtureLog.All().GroupBy(log => log.Topic).Select(topic => topic.First())];

    public static TheoryData<string> Names => [.. FixtureLog.All().Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task They_are_those_that_a_consumer_of_the_real_broker_saw(string name)
    {
        var log = FixtureLog.Of(name);
        foreach (var size in (long[])[1, 900, 1 << 30])
        {
            var (repository, epoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), [log], new SegmentPolicy(size, 100));

            Assert.Equal(FixtureRepository.Seen(log).Select(Describe), await ReadAsync(repository, epoch, log, new RecordQuery()));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("encrypted")]
    [InlineData("packed")]
    [InlineData("encrypted and packed")]
    public async Task Any_offset_time_or_key_gives_the_same_as_reading_everything_and_choosing(string kind)
    {
        var random = new Random(TestSize.Seed);
        IObjectStore store = new MemoryObjectStore();
        if (kind.StartsWith("encrypted", StringComparison.Ordinal))
            store = SomeKeys.Protect(store, SomeKeys.KeyFile(1), NameVisibility.Hidden);
        var (repository, epoch) = await FixtureRepository.MakeAsync(
            store, Logs, new SegmentPolicy(random.Next(500, 60_000), random.Next(0, 2_000)), kind.EndsWith("packed", StringComparison.Ordinal));
        if (kind == "packed")
            Assert.Contains(((MemoryObjectStore)store).Objects.Keys, name => name.StartsWith("packs/", StringComparison.Ordinal));
        for (var i = 0; i < TestSize.Of(40, 1_000); i++)
        {
            var log = Logs[random.Next(Logs.Count)];
            var query = SomeQuery(random, FixtureRepository.Seen(log));

            Assert.True(
                Choose(FixtureRepository.Seen(log), query).SequenceEqual(await ReadAsync(repository, epoch, log, query)),
                $"{log.Name} {query} with seed {TestSize.Seed}");
        }
    }

    [Fact]
    public async Task Indexes_that_are_damaged_or_missing_change_nothing()
    {
        var random = new Random(TestSize.Seed);
        var store = new MemoryObjectStore();
        var (repository, epoch) = await FixtureRepository.MakeAsync(store, Logs, new SegmentPolicy(20_000, 200));
        var indexes = store.Objects.Where(o => o.Key.EndsWith("index", StringComparison.Ordinal) && o.Value.Length > 0).ToDictionary();
        for (var i = 0; i < TestSize.Of(300, 5_000); i++)
        {
            var log = Logs[random.Next(Logs.Count)];
            foreach (var (name, bytes) in indexes.Where(o => o.Key.Contains($"/{log.Name}/", StringComparison.Ordinal)))
            {
                var damaged = bytes.ToArray();
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                store.Objects[name] = damaged;
                if (random.Next(10) == 0)
                    store.Objects.Remove(name);
            }

            var query = SomeQuery(random, FixtureRepository.Seen(log));
            Assert.True(
                Choose(FixtureRepository.Seen(log), query).SequenceEqual(await ReadAsync(repository, epoch, log, query)),
                $"{log.Name} {query} with seed {TestSize.Seed}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_few_records_in_the_middle_cost_a_few_reads_and_not_the_segment(bool encrypted)
    {
        var memory = new MemoryObjectStore();
        IObjectStore whole = encrypted ? SomeKeys.Protect(memory, SomeKeys.KeyFile(1)) : memory;
        var batches = Some.Join(Enumerable.Range(0, 4_000).Select(i => SomeRecords.Batch(i * 5L, 5, 1_000_000 + i, 900)));
        var repository = await SomeEpochs.OpenAsync(whole);
        var epoch = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 20_000, batches, policy: SegmentPolicy.Default);
        var length = Assert.Single(await repository.ReadSegmentsAsync(epoch, "orders")).Length;
        Assert.True(length > 3 << 20, $"{length}");

        foreach (var query in (RecordQuery[])[new() { Offset = 13_333 }, new() { Time = 1_000_000 + 2_666 }])
        {
            var counting = new ReadCounter(memory);
            var opened = await BackupRepository.OpenAsync(encrypted ? SomeKeys.Protect(counting, SomeKeys.KeyFile(1)) : counting);
            var first = await FirstAsync(new RecordReader(opened, await opened.ReadEpochAsync(1)).ReadAsync("orders", query));

            Assert.Equal(query.Offset ?? 2_666 * 5, first.Record.Offset);
            Figures.Print($"first record by {(query.Offset is null ? "time" : "offset")}{(encrypted ? ", encrypted" : "")}: {counting.SegmentBytes:N0} of {length:N0} bytes of the segment, {counting.Bytes:N0} bytes in all");
            Assert.True(counting.SegmentBytes < 600_000, $"{counting.SegmentBytes} bytes of the segment were read");
        }
    }

    [Fact]
    public async Task Damage_ends_the_reading_where_it_is_and_is_told()
    {
        var store = new MemoryObjectStore();
        var log = FixtureLog.Of("fx-multi-0");
        var (repository, epoch) = await FixtureRepository.MakeAsync(store, [log], new SegmentPolicy(20_000, 200));
        var segment = (await repository.ReadSegmentsAsync(epoch, log.Topic))[2];
        store.Objects[segment.Object][(int)segment.Length / 2] ^= 4;
        var read = new List<long>();

        var damage = await Assert.ThrowsAsync<DamagedSegmentException>(async () =>
        {
            await foreach (var record in new RecordReader(repository, epoch).ReadAsync(log.Topic, new RecordQuery()))
                read.Add(record.Record.Offset);
        });

        Assert.Equal((segment.Object, segment.Partition, segment.To), (damage.Name, damage.Partition, damage.To));
        Assert.Equal(FixtureRepository.Seen(log).Select(r => r.Offset).Where(o => o < damage.From), read);
        Assert.InRange(damage.From, segment.From, segment.To);
    }

    [Fact]
    public async Task A_byte_that_no_batchs_CRC_covers_is_found_at_the_segments_end()
    {
        var store = new MemoryObjectStore();
        var log = FixtureLog.Of("fx-none-0");
        var (repository, epoch) = await FixtureRepository.MakeAsync(store, [log], SegmentPolicy.Default);
        // The leader epoch of the first batch.
        store.Objects[Assert.Single(await repository.ReadSegmentsAsync(epoch, log.Topic)).Object][15] ^= 1;

        Assert.Contains("SHA-256", (await Assert.ThrowsAsync<DamagedSegmentException>(() => ReadAsync(repository, epoch, log, new RecordQuery()))).Message);
    }

    [Fact]
    public async Task A_partition_alone_is_read_and_all_come_one_after_the_other()
    {
        var repository = await SomeEpochs.OpenAsync(new MemoryObjectStore());
        PartitionBackup[] partitions =
        [
            await SomeEpochs.WriteAsync(repository.Store, 1, "orders", 0, 0, 4, [.. SomeRecords.Batch(0, 2, 5), .. SomeRecords.Batch(2, 2, 6)]),
            await SomeEpochs.WriteAsync(repository.Store, 1, "orders", 1, 3, 3, []),
            await SomeEpochs.WriteAsync(repository.Store, 1, "orders", 2, 7, 9, SomeRecords.Batch(7, 2, 4)),
        ];
        var epoch = await repository.CommitAsync(SomeEpochs.Core(null, SomeEpochs.Topic("orders", partitions)), SomeEpochs.Added(("orders", partitions)), SomeEpochs.Run(1));

        Assert.Equal([(0, 0L), (0, 1), (0, 2), (0, 3), (2, 7), (2, 8)], await PlacesAsync(new RecordQuery()));
        Assert.Equal([(2, 7L), (2, 8)], await PlacesAsync(new RecordQuery { Partition = 2 }));
        Assert.Equal([(0, 3L), (2, 7), (2, 8)], await PlacesAsync(new RecordQuery { Offset = 3 }));
        Assert.Empty(await PlacesAsync(new RecordQuery { Partition = 1 }));

        async Task<List<(int, long)>> PlacesAsync(RecordQuery query)
        {
            var places = new List<(int, long)>();
            await foreach (var record in new RecordReader(repository, epoch).ReadAsync("orders", query))
                places.Add((record.Partition, record.Record.Offset));
            return places;
        }
    }

    [Fact]
    public async Task An_epoch_is_read_to_its_own_cut_and_from_its_own_log_start()
    {
        var repository = await SomeEpochs.OpenAsync(new MemoryObjectStore());
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 4, SomeRecords.Batch(0, 4, 5));
        var backup = await SomeEpochs.WriteAsync(repository.Store, 2, "orders", 0, 4, 8, SomeRecords.Batch(4, 4, 5));
        var second = await repository.CommitAsync(
            SomeEpochs.Core(first, SomeEpochs.Topic("orders", []) with { Partitions = [SomeEpochs.Of(backup, logStart: 3)] }), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(2));

        Assert.Equal([0, 1, 2, 3], await OffsetsAsync(first));
        Assert.Equal([3, 4, 5, 6, 7], await OffsetsAsync(second));

        async Task<List<long>> OffsetsAsync(Epoch epoch)
        {
            var offsets = new List<long>();
            await foreach (var record in new RecordReader(repository, epoch).ReadAsync("orders", new RecordQuery()))
                offsets.Add(record.Record.Offset);
            return offsets;
        }
    }

    private static RecordQuery SomeQuery(Random random, IReadOnlyList<FixtureRecord> seen)
    {
        var some = seen.Count == 0 ? null : seen[random.Next(seen.Count)];
        return new RecordQuery
        {
            Offset = random.Next(2) == 0 ? null : Math.Max(0, (some?.Offset ?? 0) + random.Next(-3, 4)),
            Time = random.Next(2) == 0 ? null : (some?.Timestamp ?? 0) + random.Next(-2, 3),
            Key = random.Next(4) > 0 ? default(ReadOnlyMemory<byte>?) : some?.Key is { } key ? Convert.FromBase64String(key) : Array.Empty<byte>(),
        };
    }

    private static List<string> Choose(IEnumerable<FixtureRecord> seen, RecordQuery query) =>
    [
        .. seen
            .Where(record => record.Offset >= (query.Offset ?? 0))
            .SkipWhile(record => query.Time > record.Timestamp)
            .Where(record => query.Key is not { } key || (record.Key is { } own && Convert.FromBase64String(own).AsSpan().SequenceEqual(key.Span)))
            .Select(Describe),
    ];

    private static async Task<List<string>> ReadAsync(BackupRepository repository, Epoch epoch, FixtureLog log, RecordQuery query)
    {
        var read = new List<string>();
        await foreach (var record in new RecordReader(repository, epoch).ReadAsync(log.Topic, query))
            read.Add(Describe(record));
        return read;
    }

    private static async Task<BackedUpRecord> FirstAsync(IAsyncEnumerable<BackedUpRecord> records)
    {
        await foreach (var record in records)
            return record;
        throw new InvalidOperationException("there is none");
    }

    private static string Describe(FixtureRecord record) => record.ToString();

    private static string Describe(BackedUpRecord read) => new FixtureRecord(
        read.Record.Offset, read.Record.Timestamp, read.TimestampType?.ToString() ?? "NotAvailable", Text(read.Record.Key), Text(read.Record.Value),
        [.. read.Record.Headers.Select(header => new FixtureHeader(header.Name, Text(header.Value)))]).ToString();

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } there ? Convert.ToBase64String(there.Span) : null;
}
