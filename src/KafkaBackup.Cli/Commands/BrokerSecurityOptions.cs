using System.CommandLine;
using KafkaBackup.Broker.Security;

namespace KafkaBackup.Cli.Commands;

/// <summary>The options of <c>broker</c> that say how its listeners are secured.</summary>
internal sealed class BrokerSecurityOptions
{
    private readonly Option<FileInfo?> _certificate = new("--tls-certificate") { Description = "PEM with the broker's certificate and its chain: the listeners speak TLS; PLAINTEXT where left out" };
    private readonly Option<FileInfo?> _key = new("--tls-key") { Description = "PEM with the certificate's private key; in the certificate's file where left out" };
    private readonly Option<FileInfo?> _authorities = new("--tls-client-ca") { Description = "PEM with whose certificates are good for clients; nobody's where left out" };
    private readonly Option<ClientCertificates> _clients = new("--tls-client-auth") { Description = "Whether clients show a certificate; none where left out" };
    private readonly Option<string[]> _mechanisms = new("--sasl") { Description = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI; may be repeated; nobody has to say who he is where left out", DefaultValueFactory = _ => [] };
    private readonly Option<string[]> _users = new("--user") { Description = "NAME=PASSWORD: who may come in by PLAIN and SCRAM; may be repeated; whoever lists this machine's processes sees it; nobody where left out", DefaultValueFactory = _ => [] };
    private readonly Option<FileInfo?> _tokenKey = new("--token-key") { Description = "PEM with the public key that OAUTHBEARER tokens are signed for (RS256); unsigned ones are good where left out" };
    private readonly Option<FileInfo?> _keytab = new("--keytab") { Description = "The broker's Kerberos key, for GSSAPI; the system's where left out" };

    public IEnumerable<Option> All => [_certificate, _key, _authorities, _clients, _mechanisms, _users, _tokenKey, _keytab];

    /// <exception cref="FormatException">A user is no NAME=PASSWORD, or an option lacks the one that it goes with.</exception>
    public BrokerSecurity Read(ParseResult parsed)
    {
        var certificate = parsed.GetValue(_certificate);
        if (certificate is null && (parsed.GetValue(_key) is not null || parsed.GetValue(_authorities) is not null || parsed.GetValue(_clients) != ClientCertificates.None))
            throw new FormatException("--tls-key, --tls-client-ca and --tls-client-auth need --tls-certificate");
        return new BrokerSecurity
        {
            Tls = certificate is null
                ? null
                : TlsOptions.FromPem(certificate.FullName, parsed.GetValue(_key)?.FullName, parsed.GetValue(_authorities)?.FullName, parsed.GetValue(_clients)),
            SaslMechanisms = parsed.GetValue(_mechanisms)!,
            Users = [.. parsed.GetValue(_users)!.Select(User)],
            Tokens = new TokenOptions { PublicKey = parsed.GetValue(_tokenKey) is { } key ? File.ReadAllText(key.FullName) : null },
            Keytab = parsed.GetValue(_keytab)?.FullName,
        };
    }

    // What is wrong is not repeated: it may hold a password.
    private static BrokerUser User(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } password] ? new BrokerUser(name, password) : throw new FormatException("a --user is not NAME=PASSWORD");
}
