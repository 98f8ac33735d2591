using System.Collections.Concurrent;
using System.Reflection;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Quotas;

/// <summary>Tells clients that are above their quotas how long to wait, and says for how long their connections are not read from. Source: KIP-219.</summary>
internal sealed class Throttling(QuotaMeter meter, NodeFaults faults)
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Times = [];

    /// <param name="key">The API.</param>
    /// <param name="requestBytes">The size of the request.</param>
    /// <param name="response">Its answer; null: none is wanted.</param>
    /// <param name="session">Who asked.</param>
    /// <param name="clientId">The client id.</param>
    /// <returns>The answer that the client gets, and how long it is held back after it.</returns>
    public (Response? Response, TimeSpan Wait) Apply(ApiKey key, int requestBytes, Response? response, Session session, string clientId)
    {
        var wait = meter.Store.All.Count == 0 ? TimeSpan.Zero : Charge(key, requestBytes, ref response, Principals.Name(session.Principal), clientId);
        if (faults.TakeThrottle(key) is var onPurpose && onPurpose > wait)
            wait = onPurpose;
        if (wait > TimeSpan.Zero && response is not null)
            Times.GetOrAdd(response.GetType(), static type => type.GetProperty(nameof(FetchResponse.ThrottleTimeMs)))?.SetValue(response, (int)Math.Ceiling(wait.TotalMilliseconds));
        return (response, wait);
    }

    private TimeSpan Charge(ApiKey key, int requestBytes, ref Response? response, string user, string clientId)
    {
        if (key == ApiKey.Produce)
            return meter.Charge(QuotaStore.ProducerByteRate, user, clientId, requestBytes);
        if (response is not FetchResponse fetched)
            return TimeSpan.Zero;
        // Who still owes something gets nothing; what he gets else he owes, however much it is.
        if (meter.Charge(QuotaStore.ConsumerByteRate, user, clientId, 0) is { Ticks: > 0 } wait)
        {
            response = new FetchResponse();
            return wait;
        }

        meter.Charge(QuotaStore.ConsumerByteRate, user, clientId, fetched.Topics.SelectMany(topic => topic.Partitions).Sum(p => (long)(p.Records?.Length ?? 0)));
        return TimeSpan.Zero;
    }
}
