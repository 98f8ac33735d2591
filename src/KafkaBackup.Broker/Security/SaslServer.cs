using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace KafkaBackup.Broker.Security;

/// <summary>The SASL mechanisms of a listener, with their users.</summary>
internal sealed class SaslServer
{
    public const string Plain = "PLAIN";

    private const string Scram256 = "SCRAM-SHA-256";
    private const string Scram512 = "SCRAM-SHA-512";
    private const string OAuthBearer = "OAUTHBEARER";
    private const string Gssapi = "GSSAPI";

    /// <summary>Every mechanism that there is.</summary>
    public static IReadOnlyList<string> Mechanisms { get; } = [Plain, Scram256, Scram512, OAuthBearer, Gssapi];

    private readonly BrokerSecurity _security;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, string> _passwords;
    private readonly ConcurrentDictionary<(string User, HashAlgorithmName Hash), ScramCredential> _credentials = [];

    /// <param name="security">What the listener has.</param>
    /// <param name="maxLifetime">connections.max.reauth.ms; null: sessions end only with their credentials.</param>
    /// <param name="time">The clock.</param>
    public SaslServer(BrokerSecurity security, TimeSpan? maxLifetime, TimeProvider time)
    {
        (_security, MaxLifetime, _time) = (security, maxLifetime, time);
        _passwords = security.Users.ToDictionary(user => user.Name, user => user.Password);
        if (Enabled.Contains(Gssapi) && security.Keytab is { } keytab)
            Keytab.Use(keytab);
    }

    public IReadOnlyList<string> Enabled => _security.SaslMechanisms;

    /// <summary>After how long a client has to say anew who it is; null: never.</summary>
    public TimeSpan? MaxLifetime { get; }

    public SaslExchange Begin(string mechanism) => mechanism switch
    {
        Plain => new PlainExchange(_passwords),
        Scram256 => new ScramExchange(mechanism, HashAlgorithmName.SHA256, user => Credential(user, HashAlgorithmName.SHA256)),
        Scram512 => new ScramExchange(mechanism, HashAlgorithmName.SHA512, user => Credential(user, HashAlgorithmName.SHA512)),
        OAuthBearer => new OAuthBearerExchange(_security.Tokens, _time),
        Gssapi => new GssapiExchange(),
        _ => throw new ArgumentOutOfRangeException(nameof(mechanism), mechanism, "no such mechanism"),
    };

    private ScramCredential? Credential(string user, HashAlgorithmName hash) =>
        _passwords.TryGetValue(user, out var password) ? _credentials.GetOrAdd((user, hash), _ => ScramCredential.Of(password, hash)) : null;
}
