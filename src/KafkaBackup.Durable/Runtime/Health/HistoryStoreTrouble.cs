namespace KafkaBackup.Durable;

/// <summary>What is wrong with the history store.</summary>
/// <param name="Since">When it began to fail, UTC.</param>
/// <param name="LastSeen">When it failed last, UTC.</param>
/// <param name="Failures">How often, since then.</param>
/// <param name="Message">What it says; secrets are taken out.</param>
/// <param name="StopsWork">True if nothing is committed: work waits until the store is well again. False if it can only not be read.</param>
public sealed record HistoryStoreTrouble(DateTimeOffset Since, DateTimeOffset LastSeen, int Failures, string Message, bool StopsWork)
{
    /// <summary>The same in words.</summary>
    public override string ToString() =>
        $"the history store {(StopsWork ? "takes no commits, so that work waits" : "can't be read")}, since {Since:u} ({Failures} times): {Message}";
}
