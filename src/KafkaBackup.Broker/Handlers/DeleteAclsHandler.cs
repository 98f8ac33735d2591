using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Deletes access control entries.</summary>
internal sealed class DeleteAclsHandler(BrokerCore broker) : Handler<DeleteAclsRequest, DeleteAclsResponse>
{
    protected override DeleteAclsResponse Handle(DeleteAclsRequest request, RequestContext context) => new()
    {
        FilterResults =
        [
            .. request.Filters.Select(filter => broker.Acls is { } acls
                ? new DeletedAcls { MatchingAcls = [.. acls.Remove(filter).Select(entry => new DeletedAcl { Acl = entry })] }
                : new DeletedAcls { ErrorCode = ErrorCode.SecurityDisabled, ErrorMessage = AclChecks.NoAuthorizer }),
        ],
    };
}
