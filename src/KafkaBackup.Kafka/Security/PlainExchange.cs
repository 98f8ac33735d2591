using System.Text;

namespace KafkaBackup.Kafka.Security;

/// <summary>User name and password as they are; for a connection that nobody else can read. Source: RFC 4616.</summary>
internal sealed class PlainExchange(string user, string password) : ISaslExchange
{
    private bool _said;

    public ValueTask<byte[]?> NextAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancellation)
    {
        if (_said)
            return new((byte[]?)null);
        _said = true;
        return new(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
    }

    public void Dispose()
    {
    }
}
