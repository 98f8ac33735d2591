using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Restore;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

public sealed class EpochSelectionTests
{
    private static readonly DateTimeOffset First = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Second = First.AddHours(1);

    [Theory]
    [InlineData(null, 2)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(-1, 1)]
    [InlineData(-3_600_000, 1)]
    public async Task The_latest_epoch_that_was_sealed_at_the_time_or_before_is_meant(int? millisecondsAfterTheSecond, long expected)
    {
        var epoch = await EpochSelection.FindAsync(await TwoEpochsAsync(), null, millisecondsAfterTheSecond is { } ms ? Second.AddMilliseconds(ms) : null, default);
        Assert.Equal(expected, epoch.Sequence);
    }

    [Fact]
    public async Task A_time_before_the_first_epoch_is_an_error_that_says_when_it_was() => Assert.Contains(
        "the first one was at 2026-01-01 12:00:00Z",
        (await Assert.ThrowsAsync<NoEpochException>(async () => await EpochSelection.FindAsync(await TwoEpochsAsync(), null, First.AddTicks(-1), default))).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task A_number_is_that_epoch_whatever_came_later() =>
        Assert.Equal(1, (await EpochSelection.FindAsync(await TwoEpochsAsync(), 1, null, default)).Sequence);

    [Fact]
    public async Task A_time_whose_epoch_was_removed_means_the_one_before_that_is_there()
    {
        var repository = await TwoEpochsAsync();
        var second = await repository.ReadEpochAsync(2, TestContext.Current.CancellationToken);
        await CommitAsync(repository, 3, new EpochParent(2, second.CoreHash), Second.AddHours(1));
        await repository.Store.DeleteAsync("epochs/00000000000000000002.json", TestContext.Current.CancellationToken);

        Assert.Equal(1, (await EpochSelection.FindAsync(repository, null, Second.AddMinutes(1), default)).Sequence);
        Assert.Equal(3, (await EpochSelection.FindAsync(repository, null, Second.AddHours(1), default)).Sequence);
    }

    private static async Task<BackupRepository> TwoEpochsAsync()
    {
        var repository = await BackupRepository.OpenOrCreateAsync(new MemoryObjectStore(), TimeProvider.System, Guid.Parse("00000000-0000-0000-0000-000000000001"));
        var first = await CommitAsync(repository, 1, null, First);
        await CommitAsync(repository, 2, new EpochParent(1, first.CoreHash), Second);
        return repository;
    }

    private static Task<Epoch> CommitAsync(BackupRepository repository, long sequence, EpochParent? parent, DateTimeOffset sealedAt) => repository.CommitAsync(
        new EpochCore(sequence, parent, new ClusterIdentity("c"), [], []), new Dictionary<string, IReadOnlyList<SegmentReference>>(),
        new RunInfo("i", $"g{sequence}", First, First, sealedAt, "h", "p"));
}
