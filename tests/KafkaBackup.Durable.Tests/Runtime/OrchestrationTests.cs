using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

public sealed class OrchestrationTests
{
    [Fact]
    public async Task Two_hundred_activities_fan_out_and_their_results_come_together()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks
            .AddActivityFunc<int, int>("Square", (_, n) => Task.FromResult(n * n))
            .AddOrchestratorFunc<int, int>("Sum", async (context, n) =>
                (await Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("Square", i)))).Sum()));

        var end = await host.RunAsync("Sum", 200);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, end.RuntimeStatus);
        Assert.Equal(Enumerable.Range(0, 200).Sum(i => i * i), end.ReadOutputAs<int>());
    }
}
