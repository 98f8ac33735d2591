using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers.Access;

/// <summary>Splits a request of one kind into what is allowed of it and what is not, and puts the answers together again.</summary>
internal abstract class ItemGate
{
    /// <summary>Handles what is allowed and refuses the rest.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="handle">Handles a request.</param>
    public abstract ValueTask<Response?> HandleAsync(Request request, Asker asker, Func<Request, ValueTask<Response?>> handle);
}

/// <param name="isAllowed">Whether an item may be handled.</param>
/// <param name="items">The items of a request; null: it names none, and means all.</param>
/// <param name="with">The same request with other items.</param>
/// <param name="refuse">The answer to a request none of whose items is allowed.</param>
/// <param name="join">One answer with the items of both.</param>
internal sealed class ItemGate<TRequest, TResponse, TItem>(
    Func<Asker, TItem, bool> isAllowed,
    Func<TRequest, IReadOnlyList<TItem>?> items,
    Func<TRequest, IReadOnlyList<TItem>, TRequest> with,
    Func<TRequest, TResponse> refuse,
    Func<TResponse, TResponse, TResponse> join) : ItemGate
    where TRequest : Request
    where TResponse : Response
{
    public override async ValueTask<Response?> HandleAsync(Request request, Asker asker, Func<Request, ValueTask<Response?>> handle)
    {
        var whole = (TRequest)request;
        if (items(whole)?.ToLookup(item => isAllowed(asker, item)) is not { } split || !split[false].Any())
            return await handle(whole).ConfigureAwait(false);
        var refused = refuse(with(whole, [.. split[false]]));
        if (!split[true].Any())
            return refused;
        return await handle(with(whole, [.. split[true]])).ConfigureAwait(false) is TResponse handled ? join(handled, refused) : null;
    }
}
