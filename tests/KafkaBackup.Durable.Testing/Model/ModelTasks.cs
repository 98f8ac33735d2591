namespace KafkaBackup.Durable.Testing.Model;

/// <summary>The orchestrators and activities of <see cref="DurableTaskContract"/>.</summary>
internal sealed class ModelTasks
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private int hanging;
    private int cancelled;

    /// <summary>How often the activity that never ends has begun.</summary>
    public int Hanging => hanging;

    /// <summary>How often it was told that nobody waits for it, its host going on.</summary>
    public int Cancelled => cancelled;

    public void Add(DurableTaskRegistry tasks)
    {
        AddActivities(tasks);
        AddWaiting(tasks);
        tasks
            .AddOrchestratorFunc<string, string>("Echo", (_, text) => text == "fail" ? throw new InvalidOperationException(text) : Task.FromResult(text))
            .AddOrchestratorFunc<int, int>("Retry", (context, n) => context.CallActivityAsync<int>("SucceedAt", n, TaskOptions.FromRetryPolicy(new(5, Hour, 2, 5 * Hour))))
            .AddOrchestratorFunc<int, string>("Handle", async (context, n) =>
            {
                var last = "";
                var handler = new AsyncRetryHandler(async retry =>
                {
                    last = $"gave up after {retry.LastAttemptNumber}: {retry.LastFailure.ErrorMessage}";
                    await retry.OrchestrationContext.CreateTimer(Hour, CancellationToken.None);
                    return retry.LastAttemptNumber < 2 && retry.LastFailure.IsCausedBy<IOException>();
                });
                var call = context.CallActivityAsync<int>("SucceedAt", n, TaskOptions.FromRetryHandler(handler));
                await Task.WhenAny(call);
                return last;
            })
            .AddOrchestratorFunc<int, string>("Grandparent", (context, _) => context.CallSubOrchestratorAsync<string>("Parent"))
            .AddOrchestratorFunc<int, string>("Parent", (context, _) => context.CallSubOrchestratorAsync<string>("Child"))
            .AddOrchestratorFunc<int, string>("Child", (context, _) => context.CallActivityAsync<string>("Hang"))
            .AddOrchestratorFunc<int, string>("Versioned", "1.0", (context, _) => VersionedAsync(context, "1.0"))
            .AddOrchestratorFunc<int, string>("Versioned", "2.0", (context, _) => VersionedAsync(context, "2.0"));
    }

    private static void AddWaiting(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<int, string>("TwoEvents", async (context, _) => await context.WaitForExternalEvent<string>("go") + await context.WaitForExternalEvent<string>("go"))
        .AddOrchestratorFunc<int, string>("TimeOut", async (context, _) =>
        {
            var first = context.WaitForExternalEvent<string>("go", TimeSpan.FromMinutes(10));
            await Task.WhenAny(first);
            return $"{(first.IsCanceled ? "timed out" : "in time")}, {await context.WaitForExternalEvent<string>("other")}, {await context.WaitForExternalEvent<string>("go")}";
        })
        .AddOrchestratorFunc<Collected, string>("Collect", async (context, collected) =>
        {
            var number = await context.WaitForExternalEvent<string>("number");
            if (number == "end")
                return collected.Text + number;
            context.ContinueAsNew(collected with { Text = collected.Text + number }, collected.Preserves);
            return "";
        })
        .AddOrchestratorFunc<int, string[]>("Same", async (context, _) =>
        {
            string[] same = [$"{context.NewGuid()}", $"{context.NewGuid()}", $"{context.CurrentUtcDateTime:O}"];
            context.SetCustomStatus(same);
            await context.WaitForExternalEvent<object>("go");
            context.SetCustomStatus("over");
            return same;
        })
        .AddOrchestratorFunc<int, string>("CancelHanging", async (context, _) =>
        {
            using var stop = new CancellationTokenSource();
            var hang = context.CallActivityAsync<string>("Hang", null, new TaskOptions { CancellationToken = stop.Token });
            await context.WaitForExternalEvent<object>("stop");
            stop.Cancel();
            await Task.WhenAny(hang);
            return hang.IsCanceled ? "cancelled" : "went on";
        });

    private static async Task<string> VersionedAsync(TaskOrchestrationContext context, string version)
    {
        await context.WaitForExternalEvent<object>("go");
        return $"orchestrator {version}, activity {await context.CallActivityAsync<string>("Version")}";
    }

    private void AddActivities(DurableTaskRegistry tasks) => tasks
        .AddActivityFunc<int, int>("SucceedAt", (context, n) => context.Attempt >= n ? Task.FromResult(context.Attempt) : throw new IOException("not yet"))
        .AddActivityFunc<int, string>("Version", "1.0", (_, _) => Task.FromResult("1.0"))
        .AddActivityFunc<int, string>("Version", "2.0", (_, _) => Task.FromResult("2.0"))
        .AddActivityFunc<int, string>("Hang", async (context, _) =>
        {
            var own = Interlocked.Increment(ref hanging);
            context.ReportProgress($"attempt {context.Attempt}");
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            catch (OperationCanceledException) when (own > 1)
            {
                Interlocked.Increment(ref cancelled);
                throw;
            }
            return "";
        });

    /// <param name="Text">What has come so far.</param>
    /// <param name="Preserves">Whether events that nobody waited for are kept.</param>
    public sealed record Collected(string Text, bool Preserves);
}
