using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes the mechanism that a client wants to authenticate by.</summary>
internal sealed class SaslHandshakeHandler : Handler<SaslHandshakeRequest, SaslHandshakeResponse>
{
    protected override SaslHandshakeResponse Handle(SaslHandshakeRequest request, RequestContext context) =>
        context.Session.Handshake(request.Mechanism, context.Version);
}
