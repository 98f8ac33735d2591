namespace KafkaBackup.Broker.Security;

/// <summary>How a broker's listeners are secured: by TLS, by SASL, by both.</summary>
public sealed record BrokerSecurity
{
    /// <summary>Null: no TLS.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, GSSAPI. None: nobody has to say who he is.</summary>
    public IReadOnlyList<string> SaslMechanisms { get; init; } = [];

    /// <summary>Who may come in by PLAIN and SCRAM.</summary>
    public IReadOnlyList<BrokerUser> Users { get; init; } = [];

    /// <summary>How tokens are judged under OAUTHBEARER.</summary>
    public TokenOptions Tokens { get; init; } = new();

    /// <summary>The keytab with the broker's own Kerberos key, for GSSAPI. Null: that of the system.</summary>
    public string? Keytab { get; init; }

    /// <summary>The security protocol by Kafka's name.</summary>
    public string Protocol => (Tls is null, SaslMechanisms.Count == 0) switch
    {
        (true, true) => "PLAINTEXT",
        (false, true) => "SSL",
        (true, false) => "SASL_PLAINTEXT",
        (false, false) => "SASL_SSL",
    };

    /// <exception cref="ArgumentException">It names a mechanism that there is not, or one that lacks what it needs.</exception>
    internal void Validate()
    {
        foreach (var mechanism in SaslMechanisms)
        {
            if (!SaslServer.Mechanisms.Contains(mechanism))
                throw new ArgumentException($"there is no SASL mechanism '{mechanism}'; there are {string.Join(", ", SaslServer.Mechanisms)}");
            if (Users.Count == 0 && (mechanism == SaslServer.Plain || mechanism.StartsWith("SCRAM", StringComparison.Ordinal)))
                throw new ArgumentException($"{mechanism} needs users, and none are given");
        }
    }
}

/// <summary>A user.</summary>
/// <param name="Name">Without "User:".</param>
/// <param name="Password">Never printed.</param>
public sealed record BrokerUser(string Name, string Password)
{
    /// <summary>Leaves the password out.</summary>
    public override string ToString() => Name;
}

/// <summary>How tokens are judged: signed with RS256, or, as Kafka's own default does it, not signed at all.</summary>
public sealed record TokenOptions
{
    /// <summary>The public key of whoever signs tokens, as PEM. Null: tokens are unsecured ("alg":"none").</summary>
    public string? PublicKey { get; init; }

    /// <summary>The claim with the user's name.</summary>
    public string PrincipalClaim { get; init; } = "sub";
}
