using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Verification;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Verifies what an encrypted repository has besides its encrypted objects: every key object, and the table of hidden names.</summary>
internal static class KeyVerifier
{
    /// <returns>Whether the rest can be verified: not if the damaged key is the one that is needed.</returns>
    public static async Task<bool> VerifyAsync(IObjectStore store, VerificationLevel level, VerificationLog log, CancellationToken cancellationToken)
    {
        if (store is not ProtectedObjectStore whole)
            return true;
        var isSound = true;
        await foreach (var found in whole.Inner.ListAsync(RepositoryNames.Keys, cancellationToken))
        {
            try
            {
                KeyObject.Read(found.Name, await whole.Inner.ReadAllAsync(found.Name, cancellationToken));
            }
            catch (DamagedObjectException e)
            {
                isSound = false;
                log.Found(new VerificationFinding(e.Name, e.Problem));
            }
        }

        try
        {
            await whole.GetLengthAsync(RepositoryNames.Repository, cancellationToken);
        }
        catch (DamagedObjectException) when (!isSound)
        {
            return false;
        }

        if (level == VerificationLevel.Full)
            await foreach (var damage in whole.VerifyNamesAsync(cancellationToken))
                log.Found(new VerificationFinding(damage.Name, damage.Problem));
        return true;
    }
}
