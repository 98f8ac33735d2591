using System.Buffers;
using System.ComponentModel;
using System.Net;
using System.Net.Security;
using System.Security.Principal;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Security;

/// <summary>How Kerberos tickets are come by.</summary>
/// <param name="Service">The brokers' service name.</param>
/// <param name="Principal">Whose tickets; null: those of the ticket cache.</param>
/// <param name="Keytab">A file with the principal's keys, from which tickets are fetched; null: the ticket cache has them.</param>
internal sealed record KerberosOptions(string Service, string? Principal, string? Keytab)
{
    public static KerberosOptions Read(PropertyReader properties)
    {
        var options = new KerberosOptions(
            properties.Text("sasl.kerberos.service.name", "kafka"), properties.Text("sasl.kerberos.principal"), properties.Text("sasl.kerberos.keytab"));
        return options switch
        {
            { Keytab: not null, Principal: null } => throw new ClusterConfigurationException("sasl.kerberos.keytab needs sasl.kerberos.principal beside it"),
            { Keytab: null, Principal: not null } => throw new ClusterConfigurationException("sasl.kerberos.principal needs sasl.kerberos.keytab beside it; without both the ticket cache's principal is used"),
            { Keytab: { } keytab } when !File.Exists(keytab) => throw new ClusterConfigurationException($"sasl.kerberos.keytab: there is no file {keytab}"),
            _ => options,
        };
    }
}

/// <summary>Kerberos through the framework's own GSSAPI; no protection of what follows, as Kafka has none. Source: RFC 4752.</summary>
internal sealed class GssapiExchange : ISaslExchange
{
    private const byte NoSecurityLayer = 1;
    private readonly KerberosOptions _options;
    private readonly NegotiateAuthentication _kerberos;
    private bool _hasTickets;
    private bool _said;
    private bool _over;

    public GssapiExchange(KerberosOptions options, string host)
    {
        _options = options;
        _kerberos = new NegotiateAuthentication(new NegotiateAuthenticationClientOptions
        {
            Package = "Kerberos",
            TargetName = $"{options.Service}/{host}",
            Credential = CredentialCache.DefaultNetworkCredentials,
            RequiredProtectionLevel = ProtectionLevel.Sign,
            AllowedImpersonationLevel = TokenImpersonationLevel.Identification,
        });
    }

    public async ValueTask<byte[]?> NextAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancellation)
    {
        if (_over)
            return null;
        if (!_hasTickets && _options.Keytab is not null)
            await KeytabTickets.FetchAsync(_options, cancellation);
        _hasTickets = true;
        try
        {
            return _kerberos.IsAuthenticated && _said ? ChooseLayer(challenge.Span) : Step(challenge.Span);
        }
        catch (Exception e) when (e is Win32Exception or PlatformNotSupportedException or TypeInitializationException or DllNotFoundException)
        {
            throw new SaslException($"Kerberos is not to be had on this machine: {e.Message}", e);
        }
    }

    public void Dispose() => _kerberos.Dispose();

    private byte[] Step(ReadOnlySpan<byte> challenge)
    {
        var token = _kerberos.GetOutgoingBlob(challenge, out var status);
        _said = true;
        return status is NegotiateAuthenticationStatusCode.Completed or NegotiateAuthenticationStatusCode.ContinueNeeded
            ? token ?? []
            : throw new SaslException($"Kerberos says {status} for {_kerberos.TargetName}: is there a valid ticket (klist), and is the broker's name the one that its key is for?");
    }

    private byte[] ChooseLayer(ReadOnlySpan<byte> wrapped)
    {
        var offer = new ArrayBufferWriter<byte>();
        if (_kerberos.Unwrap(wrapped, offer, out _) != NegotiateAuthenticationStatusCode.Completed || offer.WrittenCount < 4)
            throw new SaslException("the server's offer of security layers can't be read");
        if ((offer.WrittenSpan[0] & NoSecurityLayer) == 0)
            throw new SaslException("the server insists on a security layer");
        _over = true;
        var choice = new ArrayBufferWriter<byte>();
        byte[] none = [NoSecurityLayer, 0, 0, 0];
        return _kerberos.Wrap(none, choice, requestEncryption: false, out _) == NegotiateAuthenticationStatusCode.Completed
            ? choice.WrittenSpan.ToArray()
            : throw new SaslException("the choice of a security layer can't be signed");
    }
}
