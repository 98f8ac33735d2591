using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>
/// Texts that are too large for a property of a table, each a blob named after the instance, its run and the hash of the bytes: <c>KEY/GENERATION/SHA256</c>. Writing
/// one twice changes nothing. They go with the run, or with the instance.
/// </summary>
internal sealed class Payloads(BlobContainerClient container)
{
    /// <summary>The most characters that stand in a table; a property takes 32 Ki of them.</summary>
    public const int LongestInTable = 30_000;

    /// <summary>Writes a text.</summary>
    /// <param name="key">The instance.</param>
    /// <param name="generation">Its run.</param>
    /// <param name="text">The text.</param>
    /// <param name="isThere">Whether this text of this run is known to be written.</param>
    /// <returns>The name to read it by.</returns>
    public async Task<string> WriteAsync(string key, int generation, string text, bool isThere = false)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var name = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (isThere)
            return name;
        try
        {
            await Blob(key, generation, name).UploadAsync(
                BinaryData.FromBytes(bytes), new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }).ConfigureAwait(false);
        }
        catch (RequestFailedException exists) when (exists.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The same bytes, from an earlier try.
        }

        return name;
    }

    /// <returns>Null if it is not there (any more).</returns>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public async Task<string?> ReadAsync(string key, int generation, string name, CancellationToken cancellation)
    {
        byte[] bytes;
        try
        {
            bytes = (await Blob(key, generation, name).DownloadContentAsync(cancellation).ConfigureAwait(false)).Value.Content.ToArray();
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == name
            ? Encoding.UTF8.GetString(bytes)
            : throw new InvalidDataException($"The blob {container.Name}/{NameOf(key, generation, name)} is damaged: its content does not have the hash that it is named after.");
    }

    /// <summary>Deletes the texts of all runs below one.</summary>
    public async Task DeleteAsync(string key, int belowGeneration)
    {
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{key}/", default).ConfigureAwait(false))
        {
            if (string.CompareOrdinal(blob.Name, NameOf(key, belowGeneration, "")) >= 0)
                break;
            await container.DeleteBlobIfExistsAsync(blob.Name).ConfigureAwait(false);
        }
    }

    private static string NameOf(string key, int generation, string name) => $"{key}/{generation:x8}/{name}";

    private BlobClient Blob(string key, int generation, string name) => container.GetBlobClient(NameOf(key, generation, name));
}
