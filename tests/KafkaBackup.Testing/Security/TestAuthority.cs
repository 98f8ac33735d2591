using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaBackup.Testing.Security;

/// <summary>A certificate authority of a test's own, which writes PEM files into a folder.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string _folder;
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _root;

    public TestAuthority(string folder, string name = "Test authority")
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        RootFile = Path.Combine(folder, $"{name.Replace(' ', '-')}.pem");
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    /// <summary>The authority's own certificate.</summary>
    public string RootFile { get; }

    /// <summary>A certificate for 127.0.0.1 and localhost, good for servers and clients.</summary>
    /// <param name="subject">Such as "CN=alice".</param>
    /// <param name="expired">Whether it has ended already.</param>
    /// <returns>The files of certificate and key.</returns>
    public (string Certificate, string Key) Issue(string subject, bool expired = false)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        var serial = RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7f;
        var until = DateTimeOffset.UtcNow.AddDays(expired ? -1 : 5);
        using var certificate = request.Create(_root, DateTimeOffset.UtcNow.AddDays(-5), until, serial);
        var name = Path.Combine(_folder, Convert.ToHexStringLower(serial));
        File.WriteAllText(name + ".pem", certificate.ExportCertificatePem());
        File.WriteAllText(name + ".key", key.ExportPkcs8PrivateKeyPem());
        return (name + ".pem", name + ".key");
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }
}
