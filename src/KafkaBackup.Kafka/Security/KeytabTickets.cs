using System.ComponentModel;
using System.Diagnostics;

namespace KafkaBackup.Kafka.Security;

/// <summary>Fetches Kerberos tickets by a keytab, with the machine's kinit, into its ticket cache: the framework has no other way to a keytab.</summary>
internal static class KeytabTickets
{
    private static readonly SemaphoreSlim One = new(1, 1);

    /// <exception cref="SaslException">There are none to be had.</exception>
    public static async Task FetchAsync(KerberosOptions options, CancellationToken cancellation)
    {
        await One.WaitAsync(cancellation);
        try
        {
            using var kinit = Process.Start(new ProcessStartInfo("kinit", ["-k", "-t", options.Keytab!, options.Principal!])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            var errors = kinit.StandardError.ReadToEndAsync(cancellation);
            await kinit.StandardOutput.ReadToEndAsync(cancellation);
            await kinit.WaitForExitAsync(cancellation);
            if (kinit.ExitCode != 0)
                throw new SaslException($"no tickets for {options.Principal} by {options.Keytab}: {(await errors).Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new SaslException("kinit is not installed; without it sasl.kerberos.keytab is of no use, but a ticket cache is", e);
        }
        finally
        {
            One.Release();
        }
    }
}
