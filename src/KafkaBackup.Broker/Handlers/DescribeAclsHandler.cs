using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Lists access control entries, by the patterns of resources that they are about.</summary>
internal sealed class DescribeAclsHandler(BrokerCore broker) : Handler<DescribeAclsRequest, DescribeAclsResponse>
{
    protected override DescribeAclsResponse Handle(DescribeAclsRequest request, RequestContext context)
    {
        if (broker.Acls is not { } acls)
            return new DescribeAclsResponse { ErrorCode = ErrorCode.SecurityDisabled, ErrorMessage = AclChecks.NoAuthorizer };
        return new DescribeAclsResponse
        {
            Resources =
            [
                .. acls.Find(request.Filter).GroupBy(entry => (entry.ResourceType, entry.ResourceName, entry.PatternType)).Select(resource => new DescribedAclResource
                {
                    ResourceType = resource.Key.ResourceType,
                    ResourceName = resource.Key.ResourceName,
                    PatternType = resource.Key.PatternType,
                    Acls =
                    [
                        .. resource.Select(entry => new DescribedAcl
                        {
                            Principal = entry.Principal,
                            Host = entry.Host,
                            Operation = entry.Operation,
                            Permission = entry.Permission,
                        }),
                    ],
                }),
            ],
        };
    }
}
