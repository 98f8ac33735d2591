using System.Collections.Concurrent;

namespace KafkaBackup.Broker.Quotas;

/// <summary>
/// Counts what clients send and get, and says how long they have to wait. Unlike Kafka's, which averages over eleven windows, it allows a second's worth at once
/// and no more.
/// </summary>
internal sealed class QuotaMeter(QuotaStore store, TimeProvider time)
{
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Key, string? User, string? Client), Account> _accounts = [];

    /// <summary>Where the quotas are.</summary>
    public QuotaStore Store => store;

    /// <summary>Counts bytes.</summary>
    /// <param name="key">Which quota.</param>
    /// <param name="user">Who: his name, without "User:".</param>
    /// <param name="client">The client id.</param>
    /// <param name="bytes">How many bytes there are; none only asks.</param>
    /// <returns>How long the client has to be held back; zero, if it has no such quota or is within it.</returns>
    public TimeSpan Charge(string key, string user, string client, long bytes)
    {
        var quotas = store.All;
        foreach (var subject in QuotaSubject.For(user, client))
        {
            if (!quotas.TryGetValue(subject, out var values) || !values.TryGetValue(key, out var rate))
                continue;
            // Those for whom a default holds have it each for himself.
            var account = _accounts.GetOrAdd((key, subject.User is null ? null : user, subject.Client is null ? null : client), static _ => new Account());
            return account.Charge(TimeSpan.FromSeconds(bytes / rate), time);
        }

        return TimeSpan.Zero;
    }

    private sealed class Account
    {
        private readonly Lock _lock = new();
        private TimeSpan _debt;
        private long _at;

        public TimeSpan Charge(TimeSpan cost, TimeProvider time)
        {
            lock (_lock)
            {
                var now = time.GetTimestamp();
                var left = _debt - time.GetElapsedTime(_at, now);
                (_debt, _at) = ((left > TimeSpan.Zero ? left : TimeSpan.Zero) + cost, now);
                return _debt > Burst ? _debt - Burst : TimeSpan.Zero;
            }
        }
    }
}
