using KafkaBackup.Protocol.Compression;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Verification;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Epochs;

public sealed class GoldenTests
{
    private readonly FileSystemObjectStore golden = new(GoldenRepository.Folder);

    [Fact]
    public async Task A_repository_of_version_1_is_sound()
    {
        var report = await new RepositoryVerifier(golden).VerifyAsync(VerificationLevel.Full);

        Assert.Empty(report.Findings);
        Assert.Equal(2, report.Epochs);
    }

    [Fact]
    public async Task A_repository_of_version_1_gives_the_records_that_a_consumer_saw()
    {
        var repository = await BackupRepository.OpenAsync(golden);
        var epoch = (await repository.LatestAsync())!;

        Assert.Equal(Listed("fx-txn-0", "committed"), await CommittedAsync(repository, epoch, "fx-txn"));
        Assert.Equal(Listed("fx-txn-0", "committed").Where(offset => offset < GoldenRepository.Cut), await CommittedAsync(repository, await repository.ReadEpochAsync(1), "fx-txn"));
        Assert.Equal(Listed("fx-compact-tail-0", "records"), await CommittedAsync(repository, await repository.ReadEpochAsync(1), "fx-compact-tail"));
        Assert.Empty(await CommittedAsync(repository, await repository.ReadEpochAsync(1), "fx-empty"));
    }

    [Fact]
    public void A_repository_of_version_1_is_read_by_a_program_that_knows_the_format_only()
    {
        var reader = PlainReader.OfFolder(GoldenRepository.Folder);

        var transactions = Assert.Single(reader.Read(2));
        Assert.Equal(File.ReadAllBytes(FixtureLog.Of("fx-txn-0").LogFiles[0]), transactions.Batches.SelectMany(batch => batch.Bytes));
        Assert.Equal(["fx-compact-tail", "fx-empty", "fx-txn"], reader.Read(1).Select(partition => partition.Topic));
    }

    [Fact]
    public async Task A_repository_of_version_2_is_sound_and_gives_the_records_that_a_consumer_saw()
    {
        var packed = new FileSystemObjectStore(GoldenRepository.PackedFolder);
        var repository = await BackupRepository.OpenAsync(packed);
        var epoch = (await repository.LatestAsync())!;

        Assert.Empty((await new RepositoryVerifier(packed).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Equal(Listed("fx-txn-0", "committed"), await CommittedAsync(repository, epoch, "fx-txn"));
        Assert.Equal(Listed("fx-compact-tail-0", "records"), await CommittedAsync(repository, epoch, "fx-compact-tail"));
    }

    [Fact]
    public void A_repository_of_version_2_is_read_by_a_program_that_knows_the_format_only()
    {
        var reader = PlainReader.OfFolder(GoldenRepository.PackedFolder);

        var partitions = reader.Read(2);

        Assert.Equal(["fx-compact-tail", "fx-txn"], partitions.Select(partition => partition.Topic));
        Assert.Equal(File.ReadAllBytes(FixtureLog.Of("fx-txn-0").LogFiles[0]), partitions[1].Batches.SelectMany(batch => batch.Bytes));
        Assert.True(reader.PackedSegments > 3, $"{reader.PackedSegments} segments lie in packs");
        Assert.Equal(2, reader.Read(1).Count);
    }

    [Fact]
    public async Task A_repository_of_version_3_is_sound_and_gives_the_records_that_a_consumer_saw()
    {
        var merged = new FileSystemObjectStore(GoldenRepository.MergedFolder);
        var repository = await BackupRepository.OpenAsync(merged);

        foreach (var level in (VerificationLevel[])[VerificationLevel.Quick, VerificationLevel.Full])
            Assert.Empty((await new RepositoryVerifier(merged).VerifyAsync(level)).Findings);
        Assert.Equal(Listed("fx-txn-0", "committed"), await CommittedAsync(repository, await repository.ReadEpochAsync(2), "fx-txn"));
        Assert.Equal(Listed("fx-txn-0", "committed").Where(offset => offset < GoldenRepository.Cut), await CommittedAsync(repository, await repository.ReadEpochAsync(1), "fx-txn"));
        Assert.Equal(Listed("fx-compact-tail-0", "records"), await CommittedAsync(repository, await repository.ReadEpochAsync(2), "fx-compact-tail"));
        Assert.Equal(
            Listed("fx-compact-tail-0", "records").Where(offset => offset < GoldenRepository.PackedCut), await CommittedAsync(repository, await repository.ReadEpochAsync(1), "fx-compact-tail"));
    }

    [Fact]
    public void A_repository_of_version_3_is_read_by_a_program_that_knows_the_format_only()
    {
        var reader = PlainReader.OfFolder(GoldenRepository.MergedFolder);

        Assert.Equal(File.ReadAllBytes(FixtureLog.Of("fx-txn-0").LogFiles[0]), reader.Read(2)[1].Batches.SelectMany(batch => batch.Bytes));
        Assert.Equal(["fx-compact-tail", "fx-txn"], reader.Read(1).Select(partition => partition.Topic));
        Assert.Equal(reader.Read(2).Sum(partition => partition.Batches.Count) + 2, reader.Read(3).Sum(partition => partition.Batches.Count));
        Assert.Contains(reader.Read(3), partition => partition.Aborted.Count > 0);
        Assert.Equal(0, reader.PackedSegments);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_is_written_today_is_version_1_or_with_packs_version_2_or_merged_version_3_byte_for_byte(int version)
    {
        var today = new MemoryObjectStore();
        var (folder, filling) = version switch
        {
            1 => (GoldenRepository.Folder, GoldenRepository.FillAsync(today)),
            2 => (GoldenRepository.PackedFolder, GoldenRepository.FillPackedAsync(today)),
            _ => (GoldenRepository.MergedFolder, GoldenRepository.FillMergedAsync(today)),
        };
        await filling;
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file).Replace('\\', '/'), File.ReadAllBytes);
        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), today.Objects.Keys.Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(file.Value, today.Objects[file.Key]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_that_a_repository_can_hold_is_read_by_a_program_that_knows_the_format_only(bool packed)
    {
        var store = new MemoryObjectStore();
        await SomeRepository.FillAsync(store, packed);
        var reader = new PlainReader(store.Objects.ToDictionary());

        var partitions = Enumerable.Range(1, 5).Select(epoch => reader.Read(epoch)).ToList();

        Assert.Equal([3, 3, 5, 5, 8], partitions.Select(epoch => epoch.First().Batches.Count));
        Assert.Equal([(5L, 10L, 19L), (5L, 40L, 49L)], partitions[4][0].Aborted);
    }

    private static IEnumerable<long> Listed(string log, string kind) => FixtureLog.Of(log).Listing(kind).Select(line => line.GetProperty("offset").GetInt64());

    private static async Task<List<long>> CommittedAsync(BackupRepository repository, Epoch epoch, string topic)
    {
        var offsets = new List<long>();
        using var buffer = new PooledBuffer();
        await using var reader = new PartitionReader(repository.Store, topic, await repository.ReadSegmentsAsync(epoch, topic));
        while (await reader.ReadAsync())
        {
            var (batch, segment) = reader.Current;
            if (!batch.Header.IsControl && !segment.Aborted.Any(range => range.Covers(batch.Header)))
                offsets.AddRange(batch.ReadRecords(buffer).Select(record => record.Offset).Where(offset => offset >= segment.From && offset < segment.To));
        }

        return offsets;
    }
}
