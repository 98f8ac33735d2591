namespace KafkaBackup.Repository.Encryption;

/// <summary>A key from which objects' subkeys are derived.</summary>
/// <param name="Id">Its id, which objects name.</param>
/// <param name="Secret">32 random bytes.</param>
internal sealed record DataKey(Guid Id, byte[] Secret)
{
    public const int Bytes = 32;

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"data key {Id}";
}
