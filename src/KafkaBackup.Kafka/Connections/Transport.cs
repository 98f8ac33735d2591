using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace KafkaBackup.Kafka.Connections;

/// <summary>Opens the way to a broker: TCP, and TLS where it is asked for.</summary>
internal static class Transport
{
    /// <exception cref="BrokerConnectionException">Nobody answers there, or not in time.</exception>
    /// <exception cref="BrokerAuthenticationException">The certificates of the two sides do not fit.</exception>
    public static async Task<Stream> ConnectAsync(BrokerAddress broker, ClusterOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var deadline = new CancellationTokenSource(options.ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
            await socket.ConnectAsync(broker.Host, broker.Port, either.Token);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return options.Security.Tls is { } tls ? await tls.SecureAsync(broker, plain, either.Token) : plain;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new BrokerConnectionException(broker, Reason(e, options), e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether TLS itself failed on a connection that is otherwise whole, as when the broker refuses our certificate.</summary>
    public static bool IsRefusalByTls(Exception e) => e is AuthenticationException || e is IOException { InnerException: not null and not SocketException };

    private static string Reason(Exception e, ClusterOptions options) => e switch
    {
        SocketException s => $"can't connect: {s.Message}",
        IOException => $"the TLS handshake broke off: {e.Message}; does the listener there speak TLS, and does it ask for a client certificate?",
        _ => $"can't connect: no answer within {options.ConnectTimeout.TotalSeconds:0.#} s",
    };
}
