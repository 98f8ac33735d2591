using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Creates access control entries; one that is there already is created once more without an error, as by a real broker.</summary>
internal sealed class CreateAclsHandler(BrokerCore broker) : Handler<CreateAclsRequest, CreateAclsResponse>
{
    protected override CreateAclsResponse Handle(CreateAclsRequest request, RequestContext context)
    {
        if (broker.Acls is not { } acls)
            return new CreateAclsResponse { Results = [.. request.Creations.Select(_ => new CreatedAcl { ErrorCode = ErrorCode.SecurityDisabled, ErrorMessage = AclChecks.NoAuthorizer })] };
        var results = request.Creations.Select(entry => (Entry: entry, Wrong: AclChecks.Find(entry))).ToList();
        acls.Add(results.Where(result => result.Wrong is null).Select(result => result.Entry));
        return new CreateAclsResponse
        {
            Results = [.. results.Select(result => new CreatedAcl { ErrorCode = result.Wrong is null ? ErrorCode.None : ErrorCode.InvalidRequest, ErrorMessage = result.Wrong })],
        };
    }
}
