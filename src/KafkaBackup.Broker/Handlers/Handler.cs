using System.Buffers;
using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>What is known of a request beside its body.</summary>
/// <param name="Version">The version of request and response.</param>
/// <param name="ClientId">Who asks.</param>
/// <param name="ClientHost">From where, as Kafka writes it: a slash, then the address.</param>
/// <param name="Session">Who is at the other end.</param>
/// <param name="Stopping">Ends waits when the broker stops or the client is gone.</param>
internal sealed record RequestContext(short Version, string ClientId, string ClientHost, Session Session, CancellationToken Stopping) : IDisposable
{
    private readonly List<byte[]> _rented = [];

    /// <summary>Memory for the response; it is given back once that has gone out.</summary>
    public Memory<byte> Rent(int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        _rented.Add(buffer);
        return buffer.AsMemory(0, length);
    }

    public void Dispose()
    {
        foreach (var buffer in _rented)
            ArrayPool<byte>.Shared.Return(buffer);
        _rented.Clear();
    }
}

/// <summary>Answers the requests of one API.</summary>
internal abstract class Handler
{
    public abstract ApiKey Key { get; }

    /// <summary>Null: no answer is wanted. The request's memory is the frame's: what shall outlive the call is copied.</summary>
    public abstract ValueTask<Response?> HandleAsync(Request request, RequestContext context);
}

/// <summary>Answers the requests of one API whose answers need no waiting.</summary>
internal abstract class Handler<TRequest, TResponse> : Handler
    where TRequest : Request<TResponse>, new()
    where TResponse : Response, new()
{
    public sealed override ApiKey Key { get; } = new TRequest().Key;

    public override ValueTask<Response?> HandleAsync(Request request, RequestContext context) => new(Handle((TRequest)request, context));

    protected abstract TResponse Handle(TRequest request, RequestContext context);
}

/// <summary>Answers the requests of one API whose answers may take a while.</summary>
internal abstract class WaitingHandler<TRequest, TResponse> : Handler
    where TRequest : Request<TResponse>, new()
    where TResponse : Response, new()
{
    public sealed override ApiKey Key { get; } = new TRequest().Key;

    public sealed override async ValueTask<Response?> HandleAsync(Request request, RequestContext context) =>
        await HandleAsync((TRequest)request, context).ConfigureAwait(false);

    protected abstract Task<TResponse?> HandleAsync(TRequest request, RequestContext context);
}
