using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

public sealed class RetryTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void The_delays_grow_up_to_their_limit_and_the_last_failure_counts(bool reload)
    {
        var instance = Run(reload, new RetryPolicy(5, TimeSpan.FromSeconds(1), 3, TimeSpan.FromSeconds(5)));

        var delays = new List<double>();
        for (var attempt = 1; attempt < 5; attempt++)
        {
            instance.Fail("Try");
            var before = instance.Now;
            instance.FireTimer();
            delays.Add((instance.Now - before).TotalSeconds);
        }
        instance.Fail("Try", new IOException("the last"));

        Assert.Equal([1, 3, 5, 5], delays);
        Assert.Equal((OrchestrationRuntimeStatus.Failed, "the last"), (instance.Row.Status, instance.Row.Failure!.InnerFailure!.ErrorMessage));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_later_attempt_that_succeeds_is_all_that_the_code_sees(bool reload)
    {
        var instance = Run(reload, new RetryPolicy(3, TimeSpan.FromSeconds(1)));
        instance.Fail("Try");
        instance.FireTimer();

        instance.Complete("Try", "done");

        Assert.Equal("done", instance.Output<string>());
    }

    [Fact]
    public void Attempts_are_counted_through_crashes_and_retries_alike()
    {
        var instance = Run(false, new RetryPolicy(3, TimeSpan.FromSeconds(1)));
        instance.Begin("Try", "host-1");
        instance.Reload();
        instance.Begin("Try", "host-2");
        instance.Fail("Try");
        instance.FireTimer();
        instance.Reload();
        instance.Begin("Try", "host-2");

        Assert.Equal(
            [(1, "host-1"), (2, "host-2"), (3, "host-2")],
            instance.History.Where(each => each.Type == HistoryEventType.TaskStarted).Select(each => (each.Attempt, each.HostName!)));
    }

    [Fact]
    public void A_failure_that_the_policy_does_not_handle_is_not_tried_again()
    {
        var instance = Run(false, new RetryPolicy(3, TimeSpan.FromSeconds(1)) { HandleFailure = failure => failure.IsCausedBy<IOException>() });
        instance.Fail("Try", new IOException("transient"));
        instance.FireTimer();

        instance.Fail("Try", new ArgumentException("for good"));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.Row.Status);
    }

    [Fact]
    public void No_attempt_is_begun_after_the_time_is_up()
    {
        var instance = Run(false, new RetryPolicy(100, TimeSpan.FromSeconds(10), retryTimeout: TimeSpan.FromSeconds(25)));
        instance.Fail("Try");
        instance.FireTimer();
        instance.Fail("Try");
        instance.FireTimer();

        instance.Fail("Try");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.Row.Status);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_handler_decides_and_may_wait(bool reload)
    {
        var instance = Run(reload, new TaskRetryOptions(async retry =>
        {
            await retry.OrchestrationContext.CreateTimer(TimeSpan.FromSeconds(retry.LastAttemptNumber), CancellationToken.None);
            return retry.LastFailure.ErrorMessage == "again" && retry.LastAttemptNumber < 3;
        }));

        instance.Fail("Try", new IOException("again"));
        instance.FireTimer();
        instance.Fail("Try", new IOException("no more"));
        instance.FireTimer();

        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.Row.Status);
        Assert.Equal(2, instance.Names(HistoryEventType.TaskScheduled).Count());
    }

    [Fact]
    public void A_sub_orchestration_is_tried_again_as_a_new_instance()
    {
        var instance = new InstanceHarness("O", null, tasks => tasks.AddOrchestratorFunc<int, string>("O", (context, _) =>
            context.CallSubOrchestratorAsync<string>("Child", null, TaskOptions.FromRetryPolicy(new(2, TimeSpan.FromSeconds(1))))));
        var first = Assert.Single(instance.Open).Call.InstanceId;
        instance.Fail("Child");
        instance.FireTimer();

        Assert.NotEqual(first, Assert.Single(instance.Open).Call.InstanceId);
        instance.Complete("Child", "done");
        Assert.Equal("done", instance.Output<string>());
    }

    [Theory]
    [InlineData(0, 1, 1.0)]
    [InlineData(1, 0, 1.0)]
    [InlineData(1, 1, 0.9)]
    [InlineData(1, 1, double.NaN)]
    public void A_policy_out_of_range_is_refused(int attempts, int seconds, double coefficient) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(attempts, TimeSpan.FromSeconds(seconds), coefficient));

    [Fact]
    public void Limits_below_the_first_delay_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(2, TimeSpan.FromSeconds(2), maxRetryInterval: TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(2, TimeSpan.FromSeconds(2), retryTimeout: TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromHours(2), new RetryPolicy(2, TimeSpan.FromHours(2)).MaxRetryInterval);
    }

    private static InstanceHarness Run(bool reload, TaskRetryOptions retry) =>
        new("O", null, tasks => tasks.AddOrchestratorFunc<int, string>("O", (context, _) => context.CallActivityAsync<string>("Try", null, new(retry))), reload);
}
