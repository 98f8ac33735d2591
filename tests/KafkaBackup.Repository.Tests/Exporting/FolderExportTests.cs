using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Exporting;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Exporting;

public sealed class FolderExportTests : IDisposable
{
    private static readonly IReadOnlyList<FixtureLog> Logs = [.. FixtureLog.All().GroupBy(log => log.Topic).Select(topic => topic.First())];
    private static readonly SegmentPolicy Policy = new(20_000, 300);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Logs_are_those_of_the_real_broker_byte_for_byte()
    {
        var (repository, epoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), Logs, Policy);

        var report = await ExportAsync(repository, epoch, folder["out"]);

        Assert.Equal((1, Logs.Count, Logs.Count), (report.Epoch, report.Topics, report.Partitions));
        foreach (var log in Logs)
        {
            var whole = log.LogFiles.SelectMany(File.ReadAllBytes).ToArray();
            var exported = Directory.GetFiles(Path.Combine(folder["out"], log.Name), "*.log").Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes).ToArray();
            Assert.True(exported.Length > 0 == whole.Length > 0, log.Name);
            // What lies wholly below the log start is left out.
            var isTrimmed = log.Offsets.GetProperty("logStartOffset").GetInt64() > 0;
            Assert.True(isTrimmed ? whole.AsSpan().EndsWith(exported) : whole.AsSpan().StartsWith(exported), log.Name);
            if (!isTrimmed && log.Offsets.GetProperty("lastStableOffset").GetInt64() == log.Offsets.GetProperty("highWatermark").GetInt64())
                Assert.True(whole.Length == exported.Length, log.Name);
        }
    }

    [Fact]
    public async Task Packed_and_encrypted_repositories_are_exported_as_plain_ones_are()
    {
        var (plain, plainEpoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), Logs, Policy);
        await ExportAsync(plain, plainEpoch, folder["plain"]);
        var encrypted = SomeKeys.Protect(new MemoryObjectStore(), SomeKeys.KeyFile(1), NameVisibility.Hidden);
        var (packed, packedEpoch) = await FixtureRepository.MakeAsync(encrypted, Logs, Policy, packed: true);
        await ExportAsync(packed, packedEpoch, folder["packed"]);

        Assert.Equal(Contents(folder["plain"]), Contents(folder["packed"]));
        // Indexes are those that lie beside segments that stand alone.
        foreach (var (name, content) in ((MemoryObjectStore)plain.Store).Objects.Where(o => o.Key.StartsWith("topics/", StringComparison.Ordinal) && !o.Key.EndsWith(".txnindex", StringComparison.Ordinal)))
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(folder["plain"], string.Join('/', name.Split('/')[^2..])), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Checkpoints_say_where_logs_begin_and_end_and_their_leader_epochs()
    {
        var (repository, epoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), Logs, Policy);
        await ExportAsync(repository, epoch, folder["out"]);

        Assert.Equal(["0", $"{Logs.Count}"], File.ReadLines(Path.Combine(folder["out"], "log-start-offset-checkpoint")).Take(2));
        Assert.Contains("fx-trimmed 0 163", File.ReadLines(Path.Combine(folder["out"], "log-start-offset-checkpoint")));
        Assert.Contains("fx-txn-open 0 24", File.ReadLines(Path.Combine(folder["out"], "replication-offset-checkpoint")));
        Assert.Equal(
            File.ReadAllText(Path.Combine(FixtureLog.Of("fx-epochs-0").Path, "leader-epoch-checkpoint")).TrimEnd(),
            File.ReadAllText(Path.Combine(folder["out"], "fx-epochs-0", "leader-epoch-checkpoint")).TrimEnd());
        Assert.False(File.Exists(Path.Combine(folder["out"], "fx-v0-0", "leader-epoch-checkpoint")));
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(900)]
    public async Task Transaction_indexes_are_those_of_the_real_broker(int segmentBytes)
    {
        var log = FixtureLog.Of("fx-txn-0");
        var (repository, epoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), [log], new SegmentPolicy(segmentBytes, 300));

        Assert.Empty((await ExportAsync(repository, epoch, folder["out"])).Warnings);

        static IEnumerable<(long, long, long)> Entries(string path) => Directory.GetFiles(path, "*.txnindex").Order(StringComparer.Ordinal)
            .SelectMany(file => TransactionIndex.Read(File.ReadAllBytes(file)).Entries).Select(entry => (entry.ProducerId, entry.First, entry.Last));
        // A marker of a transaction that left no data aborts nothing.
        Assert.Equal(Entries(log.Path).Where(entry => entry.Item2 < entry.Item3), Entries(Path.Combine(folder["out"], "fx-txn-0")));
    }

    [Fact]
    public async Task A_transaction_whose_marker_lies_above_the_cut_is_told()
    {
        var repository = await SomeEpochs.OpenAsync(new MemoryObjectStore());
        PartitionBackup[] partitions =
        [
            await SomeEpochs.WriteAsync(
                repository.Store, 1, "orders", 0, 0, 5, [.. Some.Batch(0, producerId: 4, attributes: BatchAttributes.Transactional), .. Some.Batch(3, producerId: 5, attributes: BatchAttributes.Transactional)],
                [new AbortedRange(5, 3, 9)]),
        ];
        var epoch = await repository.CommitAsync(SomeEpochs.Core(null, SomeEpochs.Topic("orders", partitions)), SomeEpochs.Added(("orders", partitions)), SomeEpochs.Run(1));

        Assert.Contains("orders-0: the marker of the transaction that begins at 0 lies above", Assert.Single((await ExportAsync(repository, epoch, folder["out"])).Warnings));
        Assert.Equal(
            new TransactionIndexEntry(5, 3, 4, 5),
            Assert.Single(TransactionIndex.Read(await File.ReadAllBytesAsync(Path.Combine(folder["out"], "orders-0", "00000000000000000000.txnindex"), TestContext.Current.CancellationToken)).Entries));
    }

    [Fact]
    public async Task A_partition_whose_end_holds_nothing_ends_there_all_the_same()
    {
        var repository = await SomeEpochs.OpenAsync(new MemoryObjectStore());
        PartitionBackup[] partitions =
        [
            await SomeEpochs.WriteAsync(repository.Store, 1, "orders", 0, 3, 9, SomeRecords.Batch(3, 2, 5)),
            await SomeEpochs.WriteAsync(repository.Store, 1, "orders", 1, 7, 7, []),
            await SomeEpochs.WriteAsync(repository.Store, 1, "orders", 2, 0, 2, SomeRecords.Batch(0, 2, 5)),
        ];
        var epoch = await repository.CommitAsync(SomeEpochs.Core(null, SomeEpochs.Topic("orders", partitions)), SomeEpochs.Added(("orders", partitions)), SomeEpochs.Run(1));

        await ExportAsync(repository, epoch, folder["out"]);

        Assert.Equal([3L, 9], LogsOf("orders-0"));
        Assert.Equal([7L], LogsOf("orders-1"));
        Assert.Equal([0L], LogsOf("orders-2"));
        Assert.Equal(["0", "3", "orders 0 3", "orders 1 7", "orders 2 0"], File.ReadLines(Path.Combine(folder["out"], "log-start-offset-checkpoint")));

        IEnumerable<long> LogsOf(string partition) =>
            Directory.GetFiles(Path.Combine(folder["out"], partition), "*.log").Select(file => long.Parse(Path.GetFileNameWithoutExtension(file))).Order();
    }

    [Fact]
    public async Task Only_the_topics_that_are_asked_for_are_exported()
    {
        var (repository, epoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), Logs, Policy);

        await new FolderExport(repository, epoch).RunAsync(["fx-txn"], folder["out"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["fx-txn-0"], Directory.GetDirectories(folder["out"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_export_that_is_interrupted_anywhere_leaves_no_folder_and_the_next_one_begins_anew()
    {
        var memory = new MemoryObjectStore();
        var logs = Logs.Where(log => log.Name is "fx-txn-0" or "fx-multi-0" or "fx-edge-0").ToList();
        var (repository, epoch) = await FixtureRepository.MakeAsync(memory, logs, Policy);
        await ExportAsync(repository, epoch, folder["whole"]);
        var faults = 0;
        for (var fault = 1; ; fault++)
        {
            var failing = await BackupRepository.OpenAsync(new FailingReads(memory, fault), TestContext.Current.CancellationToken);
            try
            {
                await ExportAsync(failing, epoch, folder["out"]);
                break;
            }
            catch (IOException)
            {
                faults++;
                Assert.False(Directory.Exists(folder["out"]));
                Assert.Contains("removes this folder and begins anew", string.Concat(Directory.GetFiles(folder["out.incomplete"], "*.txt").Select(File.ReadAllText)));
            }
        }

        Assert.True(faults >= 10, $"{faults} faults");
        Assert.Equal(Contents(folder["whole"]), Contents(folder["out"]));
        Assert.False(Directory.Exists(folder["out.incomplete"]));
    }

    [Fact]
    public async Task A_damaged_segment_is_refused_and_named_and_there_is_no_folder()
    {
        var memory = new MemoryObjectStore();
        var (repository, epoch) = await FixtureRepository.MakeAsync(memory, Logs, Policy);
        var segment = (await repository.ReadSegmentsAsync(epoch, "fx-multi", TestContext.Current.CancellationToken))[1];
        // The leader epoch, which no CRC covers.
        memory.Objects[segment.Object][14] ^= 1;

        var damage = await Assert.ThrowsAsync<DamagedSegmentException>(() => ExportAsync(repository, epoch, folder["out"]));

        Assert.Equal(segment.Object, damage.Name);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_left_alone()
    {
        var (repository, epoch) = await FixtureRepository.MakeAsync(new MemoryObjectStore(), [Logs[0]], Policy);
        Directory.CreateDirectory(folder["empty"]);
        await ExportAsync(repository, epoch, folder["empty"] + "/");
        Assert.True(Directory.Exists(Path.Combine(folder["empty"], Logs[0].Name)));

        Assert.Contains("is not empty", (await Assert.ThrowsAsync<ExportRefusedException>(() => ExportAsync(repository, epoch, folder["empty"]))).Message);
        await File.WriteAllTextAsync(folder["file"], "mine", TestContext.Current.CancellationToken);
        Assert.Contains("is a file", (await Assert.ThrowsAsync<ExportRefusedException>(() => ExportAsync(repository, epoch, folder["file"]))).Message);
        Directory.CreateDirectory(folder["mine.incomplete"]);
        await File.WriteAllTextAsync(Path.Combine(folder["mine.incomplete"], "x"), "mine", TestContext.Current.CancellationToken);
        Assert.Contains("in the way", (await Assert.ThrowsAsync<ExportRefusedException>(() => ExportAsync(repository, epoch, folder["mine"]))).Message);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(folder["mine.incomplete"], "x"), TestContext.Current.CancellationToken));
    }

    private static Task<ExportReport> ExportAsync(BackupRepository repository, Epoch epoch, string to) =>
        new FolderExport(repository, epoch).RunAsync([.. epoch.Core.Topics.Select(topic => topic.Name)], to, cancellationToken: TestContext.Current.CancellationToken);

    private static List<string> Contents(string path) =>
    [
        .. Directory.GetFiles(path, "*", SearchOption.AllDirectories).Select(file => $"{Path.GetRelativePath(path, file)} {PlainHash.Of(File.ReadAllBytes(file))}").Order(StringComparer.Ordinal),
    ];

    /// <summary>Fails at one of the reads of segments.</summary>
    private sealed class FailingReads(IObjectStore store, int at) : IObjectStore
    {
        private int reads;

        public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => store.CreateAsync(name, content, cancellationToken);

        public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) => store.BeginUploadAsync(name, cancellationToken);

        public Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
            name.EndsWith(".log", StringComparison.Ordinal) && Interlocked.Increment(ref reads) == at ? throw new IOException("fault") : store.OpenReadAsync(name, offset, length, cancellationToken);

        public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => store.GetLengthAsync(name, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => store.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => store.DeleteAsync(name, cancellationToken);
    }
}
