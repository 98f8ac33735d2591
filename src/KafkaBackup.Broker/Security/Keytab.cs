using System.Runtime.InteropServices;
using System.Text;

namespace KafkaBackup.Broker.Security;

/// <summary>Tells the system's Kerberos library where the broker's own key lies; it counts for the whole process.</summary>
internal static class Keytab
{
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="PlatformNotSupportedException">There is no Kerberos library (Debian: libgssapi-krb5-2).</exception>
    public static void Use(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no keytab {path}", path);
        try
        {
            if (Register([.. Encoding.UTF8.GetBytes(path), 0]) is not 0 and var status)
                throw new IOException($"the Kerberos library refuses the keytab {path} (status {status})");
        }
        catch (DllNotFoundException e)
        {
            throw new PlatformNotSupportedException("GSSAPI needs the system's Kerberos library (Debian: libgssapi-krb5-2)", e);
        }
    }

    [DllImport("libgssapi_krb5.so.2", EntryPoint = "krb5_gss_register_acceptor_identity")]
    private static extern uint Register(byte[] keytab);
}
