using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KafkaBackup.Testing.Faults;

/// <summary>One HTTP/1.1 message on a connection: its head, and its body still to come.</summary>
internal sealed class HttpMessage
{
    private readonly string[] _lines;

    private HttpMessage(byte[] head)
    {
        Head = head;
        _lines = Encoding.Latin1.GetString(head).Split("\r\n");
    }

    public byte[] Head { get; }

    public string FirstLine => _lines[0];

    public bool IsChunked => Header("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;

    public long? Length => long.TryParse(Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    public bool ExpectsContinue => Header("Expect")?.Contains("100-continue", StringComparison.OrdinalIgnoreCase) == true;

    public int Status => int.Parse(FirstLine.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>Reads a head; null where the connection has ended.</summary>
    public static async Task<HttpMessage?> ReadAsync(BufferedStream stream, CancellationToken cancellation)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || head[^1] != '\n' || head[^2] != '\r' || head[^3] != '\n')
        {
            if (await stream.ReadAsync(one, cancellation) == 0)
                return null;
            head.Add(one[0]);
        }

        return new HttpMessage([.. head]);
    }

    /// <summary>Copies the body as it stands on the wire, so many of its bytes at most; false if it was cut there.</summary>
    /// <param name="from">Where from.</param>
    /// <param name="to">Where to; null for nowhere.</param>
    /// <param name="hasBody">Whether there is one at all; an answer to a HEAD has none whatever its head says.</param>
    /// <param name="limit">Bytes to let through.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<bool> CopyBodyAsync(BufferedStream from, NetworkStream? to, bool hasBody, long limit, CancellationToken cancellation)
    {
        if (!hasBody)
            return true;
        if (!IsChunked)
            return await CopyAsync(from, to, Length ?? 0, limit, cancellation);
        while (true)
        {
            var size = await ReadLineAsync(from, cancellation);
            var bytes = long.Parse(size.Split(';')[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (to is not null)
                await to.WriteAsync(Encoding.Latin1.GetBytes($"{size}\r\n"), cancellation);
            if (!await CopyAsync(from, to, bytes, limit, cancellation))
                return false;
            limit -= bytes;
            var end = await ReadLineAsync(from, cancellation);
            if (to is not null)
                await to.WriteAsync(Encoding.Latin1.GetBytes($"{end}\r\n"), cancellation);
            if (bytes == 0)
                return true;
        }
    }

    private string? Header(string name) => _lines.Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();

    private static async Task<string> ReadLineAsync(BufferedStream from, CancellationToken cancellation)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await from.ReadAsync(one, cancellation) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        throw new EndOfStreamException();
    }

    private static async Task<bool> CopyAsync(BufferedStream from, NetworkStream? to, long bytes, long limit, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        for (var left = Math.Min(bytes, limit); left > 0;)
        {
            var read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellation);
            if (read == 0)
                throw new EndOfStreamException();
            if (to is not null)
                await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
            left -= read;
        }

        return bytes <= limit;
    }
}
