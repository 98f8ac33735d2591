using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Testing.Crash;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Histories;

/// <summary>See <see cref="EveryStep"/>.</summary>
public sealed class EveryStepTests(SharedAzurite azurite)
{
    private const int Sample = 10;

    [Fact]
    public async Task Stopped_before_and_after_a_commit_and_resumed_it_ends_the_same()
    {
        var all = EveryStep.Points(await EveryStep.CountCommitsAsync()).ToList();
        var random = new Random(TestSize.Seed);
        List<StopPoint> points = [.. all.OrderBy(_ => random.Next()).Take(TestSize.Of(Sample, all.Count))];
        var failures = await EveryStep.TryAllAsync(points, point => EveryStep.StopInProcessAsync(point, async () =>
        {
            var store = new AzureHistoryStore(new(azurite.NewState()));
            await store.OpenAsync(default);
            return store;
        }));
        Figures.Print($"crash at every step on Azurite: {all.Count / 2} commits, points tried: {points.Count} (seed {TestSize.Seed}), failures: {failures.Count}");
        Assert.Empty(failures);
    }
}
