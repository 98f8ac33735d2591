using System.Security.Cryptography;

namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>
/// What a name that is taken means to who wanted to create it. A store that says "exists already" may say so to the very writer that created the object,
/// whose first answer was lost: equal bytes are success.
/// </summary>
public static class TakenName
{
    /// <summary>Compares the object that is there with the one that was to be.</summary>
    /// <param name="store">Where.</param>
    /// <param name="name">The object.</param>
    /// <param name="wanted">What it was to be.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns><see cref="CreateOutcome.AlreadyThere"/>, for equal bytes.</returns>
    /// <exception cref="ObjectConflictException">It is another one.</exception>
    /// <exception cref="RepositoryUnavailableException">It went away meanwhile, or can't be read.</exception>
    public static async Task<CreateOutcome> SettleAsync(IObjectStore store, string name, ObjectDigest wanted, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.GetLengthAsync(name, cancellationToken) is { } length && length != wanted.Length)
                throw new ObjectConflictException(name);
            await using var there = await store.OpenReadAsync(name, cancellationToken: cancellationToken);
            var hash = await SHA256.HashDataAsync(there, cancellationToken);
            return wanted.Sha256.Span.SequenceEqual(hash) ? CreateOutcome.AlreadyThere : throw new ObjectConflictException(name);
        }
        catch (ObjectNotFoundException e)
        {
            throw new RepositoryUnavailableException(name, "it was there when it was to be created, and was removed before it could be compared", "run the command again", e) { IsTransient = true };
        }
    }
}
