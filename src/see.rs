//! Images in, detections out.
