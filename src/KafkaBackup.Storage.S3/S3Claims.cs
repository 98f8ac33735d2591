using System.Globalization;
using System.Text;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;

namespace KafkaBackup.Storage.S3;

/// <summary>
/// Makes uploads safe on a server that creates an object only where there is none in one call, and overwrites with an object from parts. Whoever uploads an object
/// first creates its claim, a small object that says which bytes it will have, and only who finds its own bytes claimed goes on. Whatever is overwritten then
/// is overwritten with equal bytes; and whoever died between the claim and the object is succeeded by anybody who brings the same bytes.
/// Claims lie under a name that no object can have. An object that is deleted takes its claim along.
/// </summary>
/// <param name="store">The store.</param>
internal sealed class S3Claims(S3ObjectStore store)
{
    /// <summary>Claims the name for these bytes.</summary>
    /// <returns>Whether this call made the claim; if not, an equal one was there.</returns>
    /// <exception cref="ObjectConflictException">The name is claimed for other bytes.</exception>
    public async Task<bool> ClaimAsync(string name, ObjectDigest digest, CancellationToken cancellationToken)
    {
        var claim = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{digest.Length} {Convert.ToHexStringLower(digest.Sha256.Span)}\n"));
        if (await store.TryPutAsync(KeyOf(name), claim, cancellationToken))
            return true;
        var there = await store.ReadAsync(KeyOf(name), cancellationToken);
        return claim.AsSpan().SequenceEqual(there) ? false : throw new ObjectConflictException(name);
    }

    /// <summary>Takes the claim away, if there is one.</summary>
    public Task ReleaseAsync(string name, CancellationToken cancellationToken) => store.RemoveAsync(KeyOf(name), cancellationToken);

    private static string KeyOf(string name) => $"{S3ObjectStore.Hidden}claims/{name}";
}
