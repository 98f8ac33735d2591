using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaBackup.Broker.Security;

/// <summary>Whether clients show a certificate; Kafka's ssl.client.auth.</summary>
public enum ClientCertificates
{
    /// <summary>They are not asked.</summary>
    None,

    /// <summary>One that is shown has to be good; without one a client is anonymous.</summary>
    Requested,

    /// <summary>Nobody comes in without a good one.</summary>
    Required,
}

/// <summary>A listener's TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>The broker's certificate with its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The certificates between it and its authority.</summary>
    public X509Certificate2Collection Chain { get; init; } = [];

    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>Whose certificates are good for clients.</summary>
    public X509Certificate2Collection ClientAuthorities { get; init; } = [];

    /// <summary>Reads PEM files.</summary>
    /// <param name="certificate">The broker's certificate; more of them are its chain.</param>
    /// <param name="key">Its private key; null: it is in the same file.</param>
    /// <param name="clientAuthorities">Whose certificates are good for clients; null: nobody's.</param>
    /// <param name="clients">Whether clients show a certificate.</param>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="CryptographicException">A file does not hold what it should.</exception>
    public static TlsOptions FromPem(string certificate, string? key, string? clientAuthorities, ClientCertificates clients)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        var authorities = new X509Certificate2Collection();
        if (clientAuthorities is not null)
            authorities.ImportFromPemFile(clientAuthorities);
        return new TlsOptions
        {
            Certificate = X509Certificate2.CreateFromPemFile(certificate, key),
            Chain = [.. chain.Skip(1)],
            ClientCertificates = clients,
            ClientAuthorities = authorities,
        };
    }
}
