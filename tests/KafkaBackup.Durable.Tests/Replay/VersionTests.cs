using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

public sealed class VersionTests
{
    [Fact]
    public void An_instance_stays_with_the_version_that_it_was_started_with()
    {
        var instance = new InstanceHarness("O", null, Versions("1", "2"), version: "1");
        instance.Complete("A1", "a");

        // The code of version 2 calls other activities: it would not go with this history.
        instance.Reload();

        Assert.False(instance.Row.IsParked);
        Assert.Equal("a1", instance.Output<string>());
    }

    [Fact]
    public void Without_its_version_an_instance_is_parked_until_it_is_registered_again()
    {
        var instance = new InstanceHarness("O", null, Versions("1", "2"), version: "1");

        instance.Reload(Versions("2"));
        Assert.True(instance.Row.IsParked);
        Assert.Contains("version '1' is registered on this host; there are '2'", instance.Row.Failure!.ErrorMessage);
        instance.Reload(Versions("1", "2"));
        instance.Complete("A1", "a");

        Assert.Equal("a1", instance.Output<string>());
    }

    [Fact]
    public void The_unversioned_code_stands_in_only_where_there_are_no_versions()
    {
        var instance = new InstanceHarness("O", null, tasks => tasks.AddOrchestratorFunc<int, string>("O", (context, _) => Task.FromResult($"any, asked for {context.Version}")), version: "7");
        Assert.Equal("any, asked for 7", instance.Output<string>());

        var strict = new InstanceHarness("O", null, tasks => Versions("1")(tasks.AddOrchestratorFunc<int, string>("O", (_, _) => Task.FromResult(""))), version: "7");
        Assert.True(strict.Row.IsParked);
    }

    [Fact]
    public void ContinueAsNew_moves_an_instance_to_another_version()
    {
        var instance = new InstanceHarness("O", 1, tasks => tasks
            .AddOrchestratorFunc<int, string>("O", "1", async (context, _) =>
            {
                await context.CallActivityAsync("A");
                context.ContinueAsNew(new ContinueAsNewOptions { NewVersion = "2" }, 5);
                return "";
            })
            .AddOrchestratorFunc<int, string>("O", "2", async (context, input) => $"{input} {context.Version} {await context.CallActivityAsync<string>("B")}"), version: "1");

        instance.Complete("A");
        instance.Reload();
        instance.Complete("B", "b");

        Assert.Equal("5 2 b", instance.Output<string>());
        Assert.Equal(("2", 1), (instance.Row.TaskVersion, instance.Row.Generation));
    }

    [Theory]
    [InlineData(null, "1.0")]
    [InlineData("", null)]
    [InlineData("9", "9")]
    public void A_call_has_the_version_of_its_caller_unless_it_names_one(string? asked, string? recorded)
    {
        var options = new TaskOptions { Version = asked is null ? (TaskVersion?)null : new TaskVersion(asked) };
        var instance = new InstanceHarness("O", null, tasks => tasks.AddOrchestratorFunc<int, int>("O", "1.0", async (context, _) =>
            await context.CallActivityAsync<int>("A", null, options) + await context.CallSubOrchestratorAsync<int>("S", options)), version: "1.0");
        instance.Complete("A", 1);

        Assert.Equal([recorded, recorded], instance.History.Where(each => each.Name is "A" or "S" && each.TaskId >= 0 && each.Type != HistoryEventType.TaskCompleted).Select(each => each.Version));
    }

    [Theory]
    [InlineData(null, "", 0)]
    [InlineData("", "1", -1)]
    [InlineData("1", null, 1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("2.0", "2.0", 0)]
    [InlineData("beta", "Alpha", 1)]
    [InlineData("A", "a", 0)]
    public void Versions_are_ordered_by_their_numbers(string? left, string? right, int order) => Assert.Equal(order, Math.Sign(TaskVersion.Compare(left, right)));

    [Fact]
    public void The_attribute_of_a_class_gives_its_version()
    {
        var registry = new DurableTaskRegistry().AddOrchestrator<Second>("O").AddOrchestratorFunc<int, int>("O", (_, _) => Task.FromResult(1));

        Assert.True(registry.HasOrchestrator("o", "2.0"));
        Assert.True(registry.HasOrchestrator("O", null));
        Assert.False(registry.HasOrchestrator("O", "1.0"));
        Assert.Throws<ArgumentException>(() => registry.AddOrchestrator<Second>("O"));
        Assert.Throws<ArgumentException>(() => new TaskVersion(" "));
    }

    private static Action<DurableTaskRegistry> Versions(params string[] versions) => tasks =>
    {
        foreach (var version in versions)
            tasks.AddOrchestratorFunc<int, string>("O", version, async (context, _) => await context.CallActivityAsync<string>($"A{version}") + version);
    };

    [DurableTaskVersion("2.0")]
    private sealed class Second : TaskOrchestrator<int, int>
    {
        public override Task<int> RunAsync(TaskOrchestrationContext context, int input) => Task.FromResult(2);
    }
}
