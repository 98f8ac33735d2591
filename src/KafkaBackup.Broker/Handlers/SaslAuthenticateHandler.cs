using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes a token of the mechanism under way.</summary>
internal sealed class SaslAuthenticateHandler : Handler<SaslAuthenticateRequest, SaslAuthenticateResponse>
{
    protected override SaslAuthenticateResponse Handle(SaslAuthenticateRequest request, RequestContext context) =>
        context.Session.Authenticate(request.AuthBytes.Span);
}
