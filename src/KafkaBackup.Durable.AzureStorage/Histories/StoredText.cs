using Azure.Data.Tables;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>A text of an entity: in a property, or, if it is too large, in a blob whose name the property <c>NAMEBlob</c> has.</summary>
internal static class StoredText
{
    private const string Suffix = "Blob";

    /// <param name="payloads">The blobs.</param>
    /// <param name="entity">Where it goes.</param>
    /// <param name="generation">The run.</param>
    /// <param name="property">The property.</param>
    /// <param name="text">The text; null for none.</param>
    /// <param name="isThere">Whether this text of this run is stored already.</param>
    public static async Task WriteAsync(Payloads payloads, TableEntity entity, int generation, string property, string? text, bool isThere)
    {
        if (text is { Length: > Payloads.LongestInTable })
            entity[property + Suffix] = await payloads.WriteAsync(entity.PartitionKey, generation, text, isThere).ConfigureAwait(false);
        else if (text is not null)
            entity[property] = text;
    }

    /// <exception cref="PayloadMissingException">The blob is not there.</exception>
    public static async ValueTask<string?> ReadAsync(Payloads payloads, TableEntity entity, int generation, string property, CancellationToken cancellation)
    {
        if (entity.GetString(property + Suffix) is not { } name)
            return entity.GetString(property);
        return await payloads.ReadAsync(entity.PartitionKey, generation, name, cancellation).ConfigureAwait(false)
            ?? throw new PayloadMissingException($"The blob {entity.PartitionKey}/{generation:x8}/{name} is missing.");
    }
}

/// <summary>A text is not there: damage, or the instance has gone on to another run in the meantime.</summary>
internal sealed class PayloadMissingException(string message) : Exception(message);
