namespace KafkaBackup.Broker.Security;

/// <summary>The server's side of one authentication.</summary>
internal abstract class SaslExchange : IDisposable
{
    /// <summary>Takes the client's next token.</summary>
    public abstract SaslStep Next(ReadOnlySpan<byte> token);

    public virtual void Dispose()
    {
    }
}

/// <summary>What a client's token is answered.</summary>
/// <param name="Token">The server's token; may be empty.</param>
/// <param name="User">Who the client is, once that is settled.</param>
/// <param name="Error">Why the client is refused.</param>
/// <param name="ExpiresAtMs">When the credentials end, in milliseconds since 1970; null: never.</param>
internal readonly record struct SaslStep(byte[] Token, string? User = null, string? Error = null, long? ExpiresAtMs = null)
{
    public static SaslStep Goes(byte[] token) => new(token);

    public static SaslStep Done(string user, byte[]? token = null, long? expiresAtMs = null) => new(token ?? [], user, null, expiresAtMs);

    public static SaslStep Refused(string error) => new([], null, error);
}
