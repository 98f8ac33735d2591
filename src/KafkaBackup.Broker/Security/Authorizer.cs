using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Security;

/// <summary>
/// Says who may do what. Without `super.users` nothing is enforced: nobody could then ever create the first entry. Source: AclAuthorizer of Kafka 2.4.
/// </summary>
internal sealed class Authorizer
{
    private const string AllowEverybodyKey = "allow.everyone.if.no.acl.found";
    private const string SuperUsersKey = "super.users";
    private const string Everybody = "User:*";
    private const string EveryHost = "*";

    private readonly AclStore _acls;
    private readonly HashSet<string> _superUsers;
    private readonly bool _allowsWhereNothingIsSaid;

    private Authorizer(AclStore acls, HashSet<string> superUsers, bool allowsWhereNothingIsSaid) =>
        (_acls, _superUsers, _allowsWhereNothingIsSaid) = (acls, superUsers, allowsWhereNothingIsSaid);

    /// <summary>The authorizer of a cluster; null: everybody may do everything.</summary>
    public static Authorizer? Of(AclStore? acls, IReadOnlyDictionary<string, string> configs)
    {
        var users = configs.GetValueOrDefault(SuperUsersKey, "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return acls is null || users.Length == 0 ? null : new Authorizer(acls, [.. users], configs.GetValueOrDefault(AllowEverybodyKey) == "true");
    }

    /// <param name="principal">Who asks, such as "User:alice".</param>
    /// <param name="host">From which address.</param>
    /// <param name="operation">What for.</param>
    /// <param name="type">What kind of thing it is about.</param>
    /// <param name="name">Its name.</param>
    public bool Allows(string principal, string host, AclOperation operation, AclResourceType type, string name)
    {
        if (_superUsers.Contains(principal))
            return true;
        var entries = _acls.Find(new AclFilter { ResourceType = type, ResourceName = name, PatternType = AclPatternType.Match });
        if (entries.Count == 0)
            return _allowsWhereNothingIsSaid;
        var mine = entries.Where(entry => (entry.Principal == principal || entry.Principal == Everybody) && (entry.Host == host || entry.Host == EveryHost)).ToList();
        return !mine.Exists(entry => entry.Permission == AclPermission.Deny && (entry.Operation == operation || entry.Operation == AclOperation.All))
            && mine.Exists(entry => entry.Permission == AclPermission.Allow && Covers(entry.Operation, operation));
    }

    // Who may do something with a thing may also see it.
    private static bool Covers(AclOperation allowed, AclOperation asked) => allowed == asked || allowed == AclOperation.All || (asked, allowed) switch
    {
        (AclOperation.Describe, AclOperation.Read or AclOperation.Write or AclOperation.Delete or AclOperation.Alter) => true,
        (AclOperation.DescribeConfigs, AclOperation.AlterConfigs) => true,
        _ => false,
    };
}
