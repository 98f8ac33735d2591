namespace KafkaBackup.Durable.Replay;

/// <summary>Brings events from outside and those who wait for them together, in order, whoever comes first.</summary>
/// <param name="isOnItsThread">Whether the code that cancels a wait may do so.</param>
internal sealed class ExternalEvents(Func<bool> isOnItsThread)
{
    private readonly Dictionary<string, LinkedList<TaskCompletionSource<string?>>> waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HistoryEvent> unclaimed = [];

    /// <summary>Events that nobody has waited for yet, in the order they came.</summary>
    public IReadOnlyList<HistoryEvent> Unclaimed => unclaimed;

    public bool HasWaiters => waiters.Values.Any(each => each.Count > 0);

    public void Raise(HistoryEvent raised)
    {
        if (waiters.TryGetValue(raised.Name!, out var line) && line.First is { } first)
        {
            line.RemoveFirst();
            first.Value.TrySetResult(raised.Input);
        }
        else
        {
            unclaimed.Add(raised);
        }
    }

    /// <returns>The payload of the next event of that name.</returns>
    public Task<string?> Wait(string name, CancellationToken cancellation)
    {
        var index = unclaimed.FindIndex(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            var payload = unclaimed[index].Input;
            unclaimed.RemoveAt(index);
            return Task.FromResult(payload);
        }
        if (!waiters.TryGetValue(name, out var line))
            waiters[name] = line = new();
        var place = line.AddLast(new TaskCompletionSource<string?>());
        cancellation.Register(() =>
        {
            if (!isOnItsThread() || place.List is null)
                return;
            line.Remove(place);
            place.Value.TrySetCanceled(cancellation);
        });
        return place.Value.Task;
    }
}
