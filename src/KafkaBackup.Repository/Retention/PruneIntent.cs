using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// What a prune is about to do, written down before it does anything: whoever comes after one that was killed ends it. Source: FORMAT.md, "Removing epochs".
/// </summary>
internal sealed record PruneIntent(string Format, int Version, IReadOnlyList<long> Epochs, IReadOnlyList<string> Objects)
{
    private const int NameDigits = 16;

    /// <summary>Writes it; equal intents are one.</summary>
    /// <returns>Its name.</returns>
    public static async Task<string> WriteAsync(IObjectStore store, PrunePlan plan, CancellationToken cancellationToken)
    {
        var json = Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(
            new PruneIntent(RepositoryNames.PruneFormat, RepositoryNames.Version, [.. plan.Remove.Select(epoch => epoch.Epoch)], plan.Names), RepositoryJson.Default.PruneIntent));
        var name = RepositoryNames.Prune(Checksum.Hash(json)[..NameDigits]);
        await store.CreateAsync(name, json, cancellationToken);
        return name;
    }

    /// <summary>Reads it; null if there is none by this name, because it has been done.</summary>
    public static async Task<PruneIntent?> ReadAsync(IObjectStore store, string name, CancellationToken cancellationToken)
    {
        try
        {
            var json = await store.ReadAllAsync(name, cancellationToken);
            FormatHeader.Check(name, json);
            Checksum.Check(name, json);
            return JsonSerializer.Deserialize(json, RepositoryJson.Default.PruneIntent)!;
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }
}
