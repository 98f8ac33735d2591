using KafkaBackup.Broker.Handlers.Access;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>Nothing that is spoken is forgotten by the authorizer.</summary>
public sealed class AccessTableTests
{
    // What anybody may ask, and what says by its answer alone what may be seen.
    private static readonly ApiKey[] Free = [ApiKey.ApiVersions, ApiKey.SaslHandshake, ApiKey.SaslAuthenticate, ApiKey.Metadata, ApiKey.ListGroups];

    public static TheoryData<ApiKey> Spoken => [.. Apis.All.Keys.Except(Free)];

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Who_may_nothing_is_refused_without_a_handler_being_asked(ApiKey key)
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Configs = new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer", ["super.users"] = "User:root" },
        });
        using var client = await broker.ConnectAsync();
        await client.SendAsync(Raw.FaultTests.Filled(key));
        var refused = Raw.FaultTests.ErrorIn(await client.ReceiveAsync(key));
        Assert.Contains(refused, new[]
        {
            ErrorCode.TopicAuthorizationFailed, ErrorCode.GroupAuthorizationFailed, ErrorCode.ClusterAuthorizationFailed, ErrorCode.TransactionalIdAuthorizationFailed,
        });
    }
}
