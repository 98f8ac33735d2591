namespace KafkaBackup.Repository.Storage;

/// <summary>Reads small objects.</summary>
internal static class ObjectStoreReading
{
    /// <summary>All of an object's bytes.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public static async Task<byte[]> ReadAllAsync(this IObjectStore store, string name, CancellationToken cancellationToken)
    {
        await using var stream = await store.OpenReadAsync(name, cancellationToken: cancellationToken);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellationToken);
        return content.ToArray();
    }
}
