namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>One object of a store that takes large objects in numbered pieces, as Azure's blocks and S3's parts are.</summary>
public interface IObjectPieces
{
    /// <summary>Creates the object in one call, where all of it fits into one piece.</summary>
    /// <exception cref="ObjectConflictException">The name is taken by an object of other content.</exception>
    Task<CreateOutcome> CreateWholeAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Sends a piece; several are sent at the same time, in any order.</summary>
    /// <param name="index">Its number, from 0 without holes.</param>
    /// <param name="bytes">Its bytes, which stay as they are until the call is over.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    Task PutAsync(int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Makes the pieces the object, in order of their numbers. It may be called again after a failure.</summary>
    /// <exception cref="ObjectConflictException">The name is taken by an object of other content.</exception>
    Task<CreateOutcome> CommitAsync(int count, ObjectDigest digest, CancellationToken cancellationToken);

    /// <summary>Gives up the pieces that were sent.</summary>
    Task AbandonAsync();
}
